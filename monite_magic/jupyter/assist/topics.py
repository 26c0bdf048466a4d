"""The commands of this package, with search words for `%monite_help`."""

from __future__ import annotations

from typing import Final, NamedTuple


class Topic(NamedTuple):
    """A command and what it is for.

    Attributes:
        command: The command as typed in a cell.
        purpose: What it does, in one short sentence without a full stop.
        words: Search words in addition to those of the purpose.
    """

    command: str
    purpose: str
    words: str = ""


TOPICS: Final = (
    Topic(
        "%monite_login",
        "Log in: from .env, the environment, the keyring or a form",
        "login signin authenticate authentication connect credentials credential client id key keys "
        "secret password start started begin first session account api access",
    ),
    Topic(
        "%monite_login --env local",
        "Use the simulator: no account, no network",
        "simulator simulate offline demo try trial without account registration local sandbox fake "
        "play practice",
    ),
    Topic(
        "%monite_logout",
        "Log out, and revoke the tokens",
        "logout signout signoff end forget revoke session",
    ),
    Topic(
        "%monite_status",
        "Show who is logged in, where, and how long the token is valid",
        "who am i logged current status environment token time left expire expired expiry lifetime "
        "valid which",
    ),
    Topic(
        "%monite_use --entity ID",
        "Switch to another entity, profile or environment",
        "switch change choose select entity another other profile company production sandbox environment",
    ),
    Topic(
        "%monite_use --entity-user ID",
        "Make calls as another user, with that user's token and role",
        "switch change choose user act acting another other as behalf role person someone impersonate token",
    ),
    Topic(
        "%monite_use --allow-writes 10",
        "Allow writes to production without a question, for some minutes",
        "allow writes stop asking confirm confirmation question yes production skip",
    ),
    Topic(
        "%monite_pull payables receivables --to books.duckdb",
        "Read whole collections: DataFrames, Parquet, DuckDB or Delta Lake",
        "download export extract everything all whole bulk dump backup pull sync synchronise "
        "incremental dataframe parquet duckdb delta lake warehouse database collection collections "
        "rows data bills invoices history rate limit throttle",
    ),
    Topic(
        '_.save("bills.xlsx")',
        "Save an answer, a pull or a report as Excel, CSV or Parquet",
        "save write export download file excel xlsx csv spreadsheet sheet table list quarter month",
    ),
    Topic(
        "_.df()",
        "Turn an answer into a DataFrame of pandas, polars or pyarrow",
        "dataframe data frame pandas polars pyarrow table rows analyse analyze convert columns",
    ),
    Topic(
        'monite_magic.sql("SELECT …")',
        "Query answers and pulls with SQL",
        "sql query select join duckdb database group statement",
    ),
    Topic(
        "%monite_push POST /counterparts suppliers.xlsx",
        "Push the rows of a sheet or DataFrame: plan first, each row exactly once",
        "import upload load push bulk batch many mass spreadsheet excel csv sheet migrate migration "
        "rows suppliers customers file create",
    ),
    Topic(
        "%monite_new --sheet POST /counterparts suppliers.xlsx",
        "Write a template sheet with headings and examples",
        "empty template sheet excel spreadsheet headings columns example fill",
    ),
    Topic(
        "%monite_new POST /payables",
        "Draft the cell for a call, with the required fields",
        "draft sample example template body skeleton cell write json required fields start how",
    ),
    Topic(
        "%monite_explore",
        "Find, fill in and send calls in a form",
        "explore explorer form gui click mouse interactive try browse panel button instead typing json",
    ),
    Topic(
        "%monite_history",
        "List the calls of this session",
        "history log past previous earlier calls requests list made sent did i session duration slow time",
    ),
    Topic(
        "%monite_history show last --as curl",
        "Show a call as curl, Python, SDK or .http text, without secrets",
        "curl httpx python sdk code snippet request copy convert show support share ticket give "
        "send hand headers raw http developer",
    ),
    Topic(
        "%monite_history replay last",
        "Send a call of the history again",
        "repeat replay reuse again resend retry rerun redo last call request",
    ),
    Topic(
        "%monite_history diff 1 2",
        "Compare the answers of two calls",
        "compare difference differences diff two answers changed between calls",
    ),
    Topic(
        "%monite_export session.har",
        "Write the session's calls to a HAR, .http or Postman file, without secrets",
        "export share har postman insomnia collection http file support ticket session requests "
        "give colleague",
    ),
    Topic(
        "%%monite_import",
        "Turn a pasted curl command, .http file, HAR or Postman collection into cells",
        "paste import curl wget httpie powershell command postman collection har http file browser "
        "convert documentation example",
    ),
    Topic(
        "%monite_watch",
        "Show events in a live table as they happen",
        "watch live events event stream follow monitor real time realtime webhook webhooks seen see "
        "happen tail",
    ),
    Topic(
        "%monite_catalogue diff 2024-01-31 2024-05-25",
        "Show what another API version changes",
        "api version versions upgrade migrate newer older changes changed differences breaking "
        "deprecated compare",
    ),
    Topic(
        "%monite_simulator clock advance 3 days",
        "Move the simulator's clock",
        "clock time travel date future tomorrow next year advance wait expire token expires days simulate",
    ),
    Topic(
        "%monite_simulator fault POST /payables status=500",
        "Make the simulator fail: errors, delays, broken connections",
        "fault fail failure error errors simulate server 500 429 503 timeout slow delay broken rate "
        "limit requests minute too many throttle test handling",
    ),
    Topic(
        "%monite_simulator seed bakery",
        "Fill the simulator with data, or start it over",
        "seed reset demo test data sample example fresh empty start over clean fill simulator",
    ),
    Topic(
        "%monite_simulator outbox",
        "Show the mails and webhooks that the simulator kept instead of sending them",
        "outbox mail mails email emails sent send webhook webhooks deliver delivered kept simulator",
    ),
    Topic(
        "%monite_simulator events",
        "Show what happened in the simulator, and which call caused it",
        "event events happened cause why caused status changed log simulator trace",
    ),
    Topic(
        "%monite_simulator explain payable ID",
        "Show which approval policies were tried for a bill, and why each did or didn't apply",
        "why approval policy policies apply applied trigger explain not bill payable reason nobody asked ask",
    ),
    Topic(
        "%monite_help payable states",
        "Show the statuses of bills, invoices and quotes: who acts next, and with which call",
        "state status statuses lifecycle transition transitions next step act diagram workflow "
        "draft canceled rejected overdue",
    ),
    Topic(
        "monite_magic.charts.aging(_)",
        "Draw reports: aging, cash flow, spend, days to pay, concentration",
        "aging ageing report chart plot graph picture draw visualise visualize cash flow forecast "
        "spend overdue dso owe owes most late latest payers customers concentration how long days pay "
        "dashboard month end buckets",
    ),
    Topic(
        "%monite GET /payables --all",
        "Read all pages of a list as one answer",
        "all pages page pagination next more than 100 limit token rows loop",
    ),
    Topic(
        "%monite POST /payables --dry-run",
        "Show what would be sent, without sending it",
        "dry run preview without sending check before test validate send nothing",
    ),
    Topic(
        "%monite GET /payables --expect 200",
        "Fail the cell unless the answer has this status",
        "expect status check assert fail stop run test headless jupyter execute papermill schedule ci",
    ),
    Topic(
        "monite_magic.httpx_client()",
        "Get an httpx client, sync or async, or the vendor's SDK, with the session's token",
        "python code program script httpx client async asyncio sdk library requests own token session use",
    ),
    Topic(
        "%monite_simulator rules",
        "List what the simulator does, and the source of each rule",
        "rules simulator behaviour behavior documented unverified what does list",
    ),
)

#: Search words for operations, in addition to those of their path and purpose.
ALSO_SAID: Final = {
    "GET /approval_requests": (
        "who must has approve approver waiting pending whose turn bill payable sign off"
    ),
    "POST /approval_policies": (
        "rule two people must approve bills over amount limit euros four eyes condition trigger "
        "require required approver approvers"
    ),
    "GET /approval_policies": "rules which who approve",
    "GET /receivables/{receivable_id}/history": "what changed change audit trail when invoice",
    "GET /payables/{payable_id}/history": "what changed change audit trail when bill",
    "GET /entity_users/me": "who am i current logged user token",
    "GET /entity_users/my_role": "what may can i do permission permissions current allowed",
    "GET /analytics/payables": "how much owe total sum spend spent per month supplier statistics",
    "GET /analytics/receivables": "how much revenue sales total sum per month customer statistics owed",
    "GET /receivables/{receivable_id}/mails": "email mail delivered arrived bounced status sent received",
    "POST /receivables/{receivable_id}/send": "email mail customer deliver invoice quote",
    "POST /receivables/{receivable_id}/mark_as_uncollectible": "write off debt bad never pays give up loss",
    "GET /entities/{entity_id}/settings/next_document_numbers": "next invoice number numbering sequence",
    "GET /onboarding_requirements": "missing still needed documents verification kyc what",
    "GET /entities/{entity_id}/onboarding_requirements": "missing still needed documents verification kyc",
    "GET /payables": "due unpaid overdue owe pay week approval waiting supplier vendor open",
    "GET /receivables": (
        "due unpaid overdue owed late customer outstanding open paid sent quotes drafts who pays payer"
    ),
    "POST /payables/upload_from_file": "pdf scan image photo upload ocr read bill attach",
    "POST /payables": "enter hand manually type create bill",
    "POST /payables/{payable_id}/mark_as_paid": "paid outside manually settle bill",
    "POST /payables/{payable_id}/approve_payment_operation": "approve release payment bill",
    "POST /receivables": "make write invoice quote estimate offer credit note create new bill customer sell",
    "POST /receivables/{receivable_id}/accept": "turn quote into invoice convert accepted customer agrees",
    "POST /receivables/{receivable_id}/cancel": "void invoice credit storno wrong",
    "POST /receivables/{receivable_id}/clone": "copy duplicate invoice again",
    "GET /receivables/{receivable_id}/pdf_link": "download print pdf invoice quote file",
    "POST /recurrences": "recurring monthly subscription repeat schedule invoice automatically standing",
    "POST /overdue_reminders": "remind late customers chase dunning automatically unpaid",
    "POST /payment_reminders": "remind before due customers",
    "POST /mail_templates": "custom own wording email text subject body invoice reminder customer",
    "POST /text_templates": "custom own wording text memo footer email body invoice quote",
    "POST /payment_records": "record payment bank transfer cash partly received manually",
    "POST /payment_links": "pay online link card checkout customer",
    "POST /payment_terms": "net 30 days early discount skonto due terms",
    "POST /entities": "register company onboard merchant customer organisation sub account",
    "POST /entity_users": "colleague employee clerk invite person staff team",
    "PATCH /entity_users/{entity_user_id}": "role another rights promote name email user",
    "PATCH /roles/{role_id}": "permissions rights allow forbid",
    "POST /roles": "permissions rights clerk approver read only",
    "POST /webhook_subscriptions": "webhook callback notify notification subscribe receive url listen",
    "GET /webhook_deliveries": "webhook failed missed delivered attempts log",
    "GET /events": "missed what happened log webhook list",
    "GET /vat_rates": "tax percent country which",
    "POST /counterparts": "supplier vendor customer client company person new",
    "POST /counterparts/{counterpart_id}/vat_ids": "vat number tax id supplier customer",
    "POST /counterparts/{counterpart_id}/bank_accounts": "iban bank details supplier vendor account number",
    "POST /bank_accounts": "own our company iban bank account",
    "PUT /entities/{entity_id}/payment_methods": "sepa card enable accept payments methods",
    "PATCH /entities/{entity_id}/settings": "language currency reminder numbering prefix settings company",
    "POST /mailboxes": "email address bills suppliers send inbox receive forward",
    "POST /auth/token": "access token bearer oauth client credentials entity user exchange",
    "POST /auth/revoke": "revoke invalidate token",
    "POST /data_exports": "export accountant datev csv bookkeeping month",
    "POST /accounting_connections": "connect quickbooks xero datev erp accounting integration link",
    "POST /comments": "note remark comment bill discuss",
    "POST /tags": "label category tag",
}
