// What a person does with the vendor's React SDK: looks at every list and at details, and creates things.
// Fails if the simulator refuses a request, or if an amount or a status is not shown. Pictures go to PICTURES.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { PAGE_URL, PICTURES, CHROMIUM, ...given } = process.env;
const apiUrl = given.MONITE_BASE_URL;
const version = { 'content-type': 'application/json', 'x-monite-version': '2024-05-25' };
mkdirSync(PICTURES, { recursive: true });

async function tokenOf(userId) {
  const body = {
    client_id: given.MONITE_CLIENT_ID,
    client_secret: given.MONITE_CLIENT_SECRET,
    ...(userId ? { grant_type: 'entity_user', entity_user_id: userId } : { grant_type: 'client_credentials' }),
  };
  const answer = await fetch(`${apiUrl}/auth/token`, {
    method: 'POST',
    headers: version,
    body: JSON.stringify(body),
  });
  return (await answer.json()).access_token;
}

const partner = await tokenOf();
async function api(path, body) {
  const headers = {
    ...version,
    authorization: `Bearer ${partner}`,
    'x-monite-entity-id': given.MONITE_ENTITY_ID,
  };
  const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  return (await fetch(`${apiUrl}${path}`, { headers, ...sent })).json();
}

const PDF_IS_DRAWN = 6000; // milliseconds; the viewer is a page of the browser's own, and can't be asked
const refused = [];
const done = [];
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });

async function contextOf(userId) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 1200 }, locale: 'en-US' });
  context.setDefaultTimeout(15_000);
  // Nothing on the network but the page and the simulator is asked. (The browser's PDF viewer has its own scheme.)
  await context.route(
    (url) => url.protocol.startsWith('http') && url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  await context.addInitScript((value) => (window.referee = value), {
    apiUrl,
    entityId: given.MONITE_ENTITY_ID,
    token: await tokenOf(userId),
  });
  return context;
}

const me = await contextOf(given.MONITE_ENTITY_USER_ID);

async function open(component, context = me) {
  const page = await context.newPage();
  page.on('response', async (answer) => {
    const request = answer.request();
    if (answer.url().startsWith(apiUrl) && answer.status() >= 400) {
      const text = await answer.text().catch(() => '');
      refused.push(
        `${component}: ${answer.status()} ${request.method()} ${answer.url().slice(apiUrl.length)}\n` +
          `  sent ${request.postData() ?? 'nothing'}\n  got ${text}`,
      );
    }
  });
  page.on('pageerror', (error) => refused.push(`${component}: the page failed: ${error}`));
  await page.goto(`${PAGE_URL}#${component}`);
  return page;
}

async function step(name, component, act, context) {
  const page = await open(component, context);
  try {
    await act(page);
    done.push(name);
  } catch (error) {
    refused.push(`${name}: ${String(error).slice(0, 600)}`);
  }
  await page.waitForTimeout(700);
  await page.screenshot({ path: `${PICTURES}/${name.replaceAll(/\W+/g, '-')}.png` });
  await page.close();
}

// The answer to a request that a click sends.
async function sent(page, method, path, act) {
  const waits = page.waitForResponse(
    (answer) => answer.request().method() === method && path.test(new URL(answer.url()).pathname),
  );
  await act();
  const answer = await waits;
  if (!answer.ok()) throw new Error(`${method} ${answer.url()}: ${answer.status()}`);
  return answer.status() === 204 ? null : answer.json();
}

const dialog = (page) => page.getByRole('dialog').last();
const named = (page, name) => page.locator(`[role=dialog] [name="${name}"]`);
const press = (page, name) => dialog(page).getByRole('button', { name, exact: true }).click();
async function choose(page, trigger, option) {
  await trigger.click();
  const options = page.getByRole('option');
  await (option ? options.filter({ hasText: option }) : options).first().click();
}
const euros = (minor) => `€${(minor / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;

// -- lists and details ------------------------------------------------------------------------------------

const payables = (await api('/payables?limit=100&order=desc')).data;
const invoices = (await api('/receivables?limit=100&type=invoice&order=desc')).data;
const fresh = payables.find((one) => one.status === 'new' && one.total_amount);

await step('list payables', 'Payables', async (page) => {
  await page.getByText(fresh.document_id).waitFor();
  await page.getByText(euros(fresh.total_amount)).first().waitFor();
});
await step('details of a payable', 'Payables', async (page) => {
  await page.getByText(fresh.document_id).click();
  await dialog(page).getByText(euros(fresh.total_amount)).first().waitFor();
});
await step('list invoices', 'Receivables', async (page) => {
  await page.getByText(invoices[0].document_id).first().waitFor();
  await page.getByText(euros(invoices[0].total_amount)).first().waitFor();
});
await step('details of an invoice', 'Receivables', async (page) => {
  await page.getByText(invoices[0].document_id).first().click();
  await dialog(page).getByText(invoices[0].counterpart_name).first().waitFor();
  await page.waitForTimeout(PDF_IS_DRAWN);
});
await step('list quotes', 'Receivables', async (page) => {
  await page.getByRole('tab', { name: 'Quotes' }).click();
  await page.getByRole('row').nth(1).waitFor();
  await page.waitForTimeout(1000);
});
await step('details of a quote', 'Receivables', async (page) => {
  const [quote] = (await api('/receivables?limit=1&type=quote&order=desc')).data;
  await page.getByRole('tab', { name: 'Quotes' }).click();
  await page.getByText(quote.document_id).first().click();
  await dialog(page).getByText(euros(quote.total_amount)).first().waitFor();
  await page.waitForTimeout(1000);
});
await step('list credit notes', 'Receivables', async (page) => {
  await page.getByRole('tab', { name: 'Credit notes' }).click();
  await page.waitForTimeout(1500);
});
await step('details of a counterpart', 'Counterparts', async (page) => {
  await page.getByRole('row').nth(1).click();
  await dialog(page).getByText('accounts@').first().waitFor();
});
await step('list counterparts', 'Counterparts', async (page) => {
  await page.getByText('Haferfeld').first().waitFor();
});
const products = (await api('/products?limit=100')).data;
await step('list products', 'Products', async (page) => {
  await page.getByText(euros(products[0].price.value)).first().waitFor();
});
await step('details of a product', 'Products', async (page) => {
  await page.getByText(products[0].name).first().click();
  await dialog(page).getByText(euros(products[0].price.value)).first().waitFor();
});
await step('list roles', 'UserRoles', async (page) => {
  await page.getByText('Auditor').first().waitFor();
});
await step('details of a role', 'UserRoles', async (page) => {
  await page.getByText('Auditor').first().click();
  await dialog(page).getByText('Approval policy').first().waitFor();
});
const policies = (await api('/approval_policies')).data;
await step('list approval policies', 'ApprovalPolicies', async (page) => {
  await page.getByText(policies[0].name).first().waitFor();
});
await step('details of a policy', 'ApprovalPolicies', async (page) => {
  await page.getByText(policies[0].name).first().click();
  await dialog(page).getByText(policies[0].name).first().waitFor();
});
await step('list approval requests', 'ApprovalRequests', async (page) => {
  await page.getByText('Approved').first().waitFor();
});
const tags = (await api('/tags')).data;
await step('list tags', 'Tags', async (page) => {
  await page.getByText(tags[0].name).first().waitFor();
});

// -- creating ---------------------------------------------------------------------------------------------

await step('create a counterpart', 'Counterparts', async (page) => {
  await page.getByRole('button', { name: /create new/i }).first().click();
  await page.getByRole('menuitem').first().click();
  await named(page, 'organization.companyName').fill('Referee Bakery GmbH');
  await named(page, 'Customer').check();
  await named(page, 'organization.email').fill('office@referee.example');
  await named(page, 'organization.line1').fill('Hafenzeile 5');
  await named(page, 'organization.city').fill('Kiel');
  await named(page, 'organization.postalCode').fill('24103');
  await named(page, 'organization.state').fill('SH');
  await choose(page, page.locator('[id="organization.country"]'), 'Germany');
  await sent(page, 'POST', /\/counterparts$/, () => press(page, 'Create'));
  await page.getByText('Referee Bakery GmbH').first().waitFor();
});
await step('create a product', 'Products', async (page) => {
  await page.getByRole('button', { name: /create new/i }).click();
  await named(page, 'name').fill('Referee loaf');
  await choose(page, page.locator('[id="mui-component-select-units"]'));
  await named(page, 'smallestAmount').fill('1');
  await named(page, 'pricePerUnit').fill('12.34');
  await choose(page, page.locator('[role=dialog] #currency'), 'EUR');
  await named(page, 'description').fill('A loaf for referees');
  const made = await sent(page, 'POST', /\/products$/, () => press(page, 'Create'));
  if (made.price.value !== 1234) throw new Error(`the price is ${made.price.value}`);
  await page.getByText('Referee loaf').first().waitFor();
});
await step('create a tag', 'Tags', async (page) => {
  await page.getByRole('button', { name: /create new tag/i }).click();
  await named(page, 'name').fill('referee');
  await sent(page, 'POST', /\/tags$/, () => page.getByRole('dialog').getByRole('button', { name: /create|save/i }).last().click());
  await page.getByText('referee').first().waitFor();
});
await step('create a role', 'UserRoles', async (page) => {
  await page.getByRole('button', { name: /create new/i }).click();
  await named(page, 'name').fill('Referee');
  await named(page, 'permissions[0][read]').check();
  await named(page, 'permissions[0][pay]').check();
  await sent(page, 'POST', /\/roles$/, () => press(page, 'Create'));
  await page.getByText('Referee').first().waitFor();
});

// -- an invoice ------------------------------------------------------------------------------------------

// The form wants the VAT ID of the entity.
const vatId = { country: 'DE', type: 'eu_vat', value: 'DE123456789' };
await api(`/entities/${given.MONITE_ENTITY_ID}/vat_ids`, vatId);

await step('create an invoice', 'Receivables', async (page) => {
  await page.getByRole('button', { name: /create invoice/i }).click();
  await page.getByRole('button', { name: 'Next page' }).waitFor();
  await dialog(page).getByLabel('Customer').first().click();
  await page.getByRole('option').filter({ hasText: 'Referee Bakery' }).click();
  await choose(page, dialog(page).getByLabel('Billing address').first());
  await choose(page, page.locator('[id="mui-component-select-entity_vat_id_id"]'), 'DE123456789');
  // The first option makes new terms.
  await page.locator('[id="payment_terms_id"]').click();
  await page.getByRole('option').last().click();
  await page.getByText('Add item').click();
  await choose(page, page.getByLabel('Currency').last(), 'EUR');
  const items = page.getByRole('dialog').last().locator('input[type=checkbox]');
  await items.first().waitFor();
  await items.nth(0).click();
  await items.nth(1).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.waitForTimeout(800);
  await page.screenshot({ path: `${PICTURES}/invoice-lines.png` });
  await page.locator('[name="line_items.0.quantity"]').fill('3');
  await choose(page, page.locator('[id="line_items.1.vat_rate_id"]'), '7%');
  // 3 x 4.20 with 19 % and 1 x 4.60 with 7 %: 12.60 + 2.39 + 4.60 + 0.32.
  // (The form rounds the taxes of all rates once and shows 19.92; the simulator rounds each rate.)
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${PICTURES}/invoice-lines.png` });
  const made = await sent(page, 'POST', /\/receivables$/, () =>
    page.getByRole('button', { name: 'Next page' }).click(),
  );
  if (made.total_amount !== 1991) throw new Error(`the invoice comes to ${made.total_amount}`);
  await page.waitForTimeout(PDF_IS_DRAWN);
});

// -- policies: each condition and each rule that the form offers ---------------------------------------------

const users = (await api('/entity_users?limit=100')).data;
const user = (at) => `${users[at].first_name} ${users[at].last_name ?? ''}`.trim();

async function pick(page, ...names) {
  for (const name of names) {
    const field = dialog(page).locator('[role=combobox][type=text], input[role=combobox]').last();
    await field.fill(name.split(' ')[0]);
    await page.getByRole('option').filter({ hasText: name }).first().click();
  }
}
const CONDITIONS = {
  Amount: async (page) => {
    await choose(page, page.getByLabel('If amount is'), 'In range');
    await named(page, 'amountRangeLeftValue').fill('1');
    await named(page, 'amountRangeRightValue').fill('99999');
    await choose(page, dialog(page).locator('input[role=combobox]').last(), 'EUR');
  },
  Counterparts: (page) => pick(page, fresh.counterpart.name),
  'Created by user': (page) => pick(page, user(0)),
  Tags: (page) => pick(page, 'referee'),
};
const RULES = {
  'Single user': (page) => pick(page, user(0)),
  'Users from the list - Any': async (page) => {
    await pick(page, user(0), user(1));
    await named(page, 'usersFromListCount').fill('1');
  },
  'Any user that has user role': async (page) => {
    await pick(page, 'Administrator');
    await named(page, 'rolesFromListCount').fill('1');
  },
  'Users from list - One by one': (page) => pick(page, user(0), user(1)),
};

async function add(page, which, kind, fill) {
  await dialog(page).getByRole('button', { name: 'Add new condition' })[which]().click();
  await choose(page, dialog(page).locator('div[role=combobox]').first(), kind);
  await fill(page);
  await page.screenshot({ path: `${PICTURES}/policy-${kind.replaceAll(/\W+/g, '-')}.png` });
  await press(page, 'Add');
}

const kinds = Object.keys(CONDITIONS).map((condition, at) => [condition, Object.keys(RULES)[at]]);
for (const [condition, rule] of kinds) {
  await step(`create a policy ${condition} ${rule}`, 'ApprovalPolicies', async (page) => {
    await page.getByRole('button', { name: /^create/i }).first().click();
    await named(page, 'name').fill(`By ${condition}`);
    await named(page, 'description').fill(rule);
    await add(page, 'first', condition, CONDITIONS[condition]);
    await add(page, 'last', rule, RULES[rule]);
    await sent(page, 'POST', /\/approval_policies$/, () => press(page, 'Save'));
    await page.getByText(`By ${condition}`).first().waitFor();
    await page.waitForTimeout(1000);
  });
  if (condition !== 'Amount') continue;
  // The only policy so far that its bill meets: it asks the first user.
  await step('submit a bill', 'Payables', async (page) => {
    await page.getByText(fresh.document_id).click();
    await sent(page, 'POST', /submit_for_approval$/, () => press(page, 'Submit'));
    await page.waitForTimeout(1500);
  });
  const bill = await api(`/payables/${fresh.id}`);
  if (!bill.approval_policy_id) refused.push('submit a bill: no policy applies');
  const approver = await contextOf(users[0].id);
  await step(
    'approve a bill',
    'ApprovalRequests',
    async (page) => {
      const row = page.getByRole('row').filter({ hasText: fresh.document_id });
      await sent(page, 'POST', /approval_requests\/[^/]+\/approve$/, () =>
        row.getByRole('button', { name: /approve/i }).click(),
      );
      await page.waitForTimeout(1500);
    },
    approver,
  );
  const approved = (await api(`/payables/${fresh.id}`)).status;
  if (approved !== 'waiting_to_be_paid') refused.push(`approve a bill: it is ${approved}`);
}

await browser.close();
console.log(done.map((name) => `ok    ${name}`).join('\n'));
console.log(refused.map((text) => `WRONG ${text}`).join('\n'));
process.exit(refused.length ? 1 : 0);
