"""The recipes of the notebook "I want to …", so that `%monite_help` finds them.

Each is a heading of `notebooks/recipes.ipynb` with one cell below it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: The notebook with the recipes, in the folder of the tutorials.
NOTEBOOK: Final = "recipes.ipynb"


class Recipe(NamedTuple):
    """A recipe.

    Attributes:
        heading: Its heading in the notebook: what follows "I want to", with a capital.
        words: Search words in addition to those of the heading.
    """

    heading: str
    words: str = ""


RECIPES: Final = (
    Recipe(
        "See which customers owe most",
        "debtors debt outstanding unpaid largest top biggest receivables invoices aging overdue",
    ),
    Recipe(
        "See which bills are due in two weeks and what blocks them",
        "due soon next week payables paid pay waiting stuck blocked act who must next step",
    ),
    Recipe(
        "Know how much we owe in each currency",
        "total sum debt payables bills suppliers open unpaid euro dollar",
    ),
    Recipe(
        "See which customer pays latest",
        "late slow payer payers how long days delay overdue picture chart plot mean average",
    ),
    Recipe("See what comes in and what goes out", "cash flow forecast liquidity income expenses weeks chart"),
    Recipe("See what we spent last month", "spend spending spent expenses suppliers costs money report"),
    Recipe("Find bills that came twice", "duplicate duplicates double same billed invoice payables"),
    Recipe(
        "Get an Excel file of last quarter",
        "xlsx spreadsheet export download save csv parquet months bills accountant tax adviser",
    ),
    Recipe(
        "Ask the books a question in SQL", "query select duckdb database pull download everything join group"
    ),
    Recipe("Enter a bill by hand", "type create manually payable line items draft new"),
    Recipe("Read a bill from a PDF", "upload scan ocr make file image photo payable"),
    Recipe("See who has to approve a bill", "approver approval request waiting names people whose turn"),
    Recipe(
        "Require two approvers over 1000 EUR",
        "approve must approval policy rule limit amount four eyes large bills second person euros",
    ),
    Recipe("Mark a bill as paid", "settle bank transfer outside manually payable"),
    Recipe("Cancel a bill that was entered by mistake", "delete remove wrong void undo payable"),
    Recipe(
        "Invoice a French customer with a VAT ID and 20 percent VAT",
        "france foreign abroad tax rate percentage number receivable create bill",
    ),
    Recipe("Email an invoice to a customer", "send mail outbox deliver receivable"),
    Recipe("Download an invoice as a PDF", "print file link get document receivable"),
    Recipe("Record a payment from a customer", "received money bank transfer paid partly payment record"),
    Recipe("Remind customers who pay late", "reminder dunning overdue chase unpaid email invoice"),
    Recipe(
        "Add a supplier with a bank account", "vendor iban create new counterpart company details payment"
    ),
    Recipe(
        "Load a messy sheet of suppliers",
        "import upload excel csv spreadsheet push many vendors counterparts mistakes bulk clean",
    ),
    Recipe("Find a customer by a part of its name", "search look up contains counterpart company like"),
    Recipe(
        "Get a token for a clerk's browser",
        "entity user access bearer frontend sdk react person front end grant",
    ),
    Recipe("See what a user may do", "permissions role rights allowed clerk actions can"),
    Recipe(
        "Hand a failed request to support",
        "curl ticket error request id share report problem help vendor colleague secrets",
    ),
    Recipe(
        "Let `jupyter execute` fail when a check fails",
        "expect assert ci schedule papermill headless nightly test exit status automation",
    ),
    Recipe("See a webhook live", "watch events listen receive real time happen callback notification"),
    Recipe("Rehearse an outage", "fault simulate error failure 503 500 timeout test retry broken down"),
    Recipe(
        "Call the API from my own Python code",
        "httpx client requests script program library session token",
    ),
)
