// The vendor's Node SDK against the simulator: it sends its own API version, and this prints what it was told.
//
//     node node_sdk_story.mjs PATH-OF-THE-SDK
//
// MONITE_BASE_URL, MONITE_ENTITY_ID and MONITE_STORY_TOKEN say where and as whom.

import { createRequire } from "node:module";
import process from "node:process";

const { MoniteSDK, apiVersion } = createRequire(import.meta.url)(process.argv[2]);

const monite = new MoniteSDK({
  apiUrl: process.env.MONITE_BASE_URL,
  entityId: process.env.MONITE_ENTITY_ID,
  fetchToken: async () => ({
    access_token: process.env.MONITE_STORY_TOKEN,
    token_type: "Bearer",
    expires_in: 1800,
  }),
});
const { api } = monite;
const told = { apiVersion };
const street = { country: "DE", city: "Bremen", postal_code: "28195", line1: "Speicherhof 9" };

// A customer, with the names of this version; then a second address, made the default one.
const customer = await api.counterparts.create({
  type: "organization",
  organization: {
    legal_name: "Kaffeekontor Weser GmbH",
    is_customer: true,
    is_vendor: false,
    email: "buero@kontor.example",
    registered_address: street,
  },
});
told.customer = customer;
told.first = (await api.counterpartsAddresses.getCounterpartAddresses(customer.id)).data;
const second = await api.counterpartsAddresses.createCounterpartAddress(customer.id, { ...street, line1: "Kai 3" });
told.second = await api.counterpartsAddresses.makeCounterpartsAddressDefault(second.id, customer.id);
told.both = (await api.counterpartsAddresses.getCounterpartAddresses(customer.id)).data;

// An invoice for a product, with its billing address written into it.
const unit = await api.measureUnits.createMeasureUnit({ name: "sack" });
const product = await api.products.createProduct({
  name: "Green coffee",
  price: { currency: "EUR", value: 24950 },
  measure_unit_id: unit.id,
});
const rates = (await api.vatRates.getAll()).data;
const rate = rates.find((each) => each.value === 700);
const invoice = await api.receivable.createNewReceivable({
  type: "invoice",
  currency: "EUR",
  counterpart_id: customer.id,
  counterpart_billing_address: { ...street, line1: "Lager 12" },
  line_items: [{ product_id: product.id, vat_rate_id: rate.id, quantity: 3 }],
});
told.invoice = invoice;
told.verified = await api.receivable.verifyById(invoice.id);
told.issued = await api.receivable.issueById(invoice.id);
told.paid = await api.receivable.markAsPaidById(invoice.id, { comment: "cash" });
told.listed = (await api.receivable.getAllReceivables("desc", 5)).data;

// A bill.
const bill = await api.payable.create({ currency: "EUR", document_id: "R-77", issued_at: "2026-03-01", due_date: "2026-04-01" });
await api.payableLineItems.create(bill.id, { name: "Freight", quantity: 2, unit_price: 12500, tax: 1900 });
told.bill = await api.payable.getById(bill.id);

// A mistake is answered in this version's words.
try {
  await api.counterparts.create({ type: "organization", organization: { legal_name: "x", address: street } });
} catch (error) {
  told.refusal = { status: error.status, body: error.body };
}
console.log(JSON.stringify(told));
