"""Small exports of our own invention, in the words of any source CRM: its own headers, ids and files.

The people, firms and deals are the same for every CRM; what a CRM has no column for is left out.
"""

import csv
import tomllib
from itertools import product

from crmclean.crm.canonical import canonical
from crmclean.exports.salesforce_ids import checksum
from crmclean.workspace.shipped import shipped

GIVEN = ("Ada", "Bela", "Cora", "Dima", "Enno", "Fatma", "Gita", "Hugo")
FAMILY = ("Adler", "Brook", "Castro")
FIRMS = ("Alder Works", "Birch & Co Ltd", "Cedar Freight GmbH", "Dogwood Labs Inc.")
PLACES = (
    ("1 Main St", "Springfield", "CA", "90210", "United States"), ("Hauptstr. 5", "Köln", None, "50667", "Germany"),
    ("8 High St", "Leeds", None, "LS1 4AP", "United Kingdom"),
)  # fmt: skip
STAGES = ("Prospecting", "Qualification", "Closed Won", "Closed Lost")
STATUS = ("open", "open", "won", "lost")
PREFIXES = {"companies": "001", "contacts": "003", "deals": "006", "users": "005", "leads": "00Q", "activities": "00T"}
MOVED = ("users", "companies", "contacts", "leads", "deals", "activities")
GONE = 7  # the person without a sign of life, in a deep world
ONLY = {"suitecrm": ("contacts", "leads")}  # its other tables look like those of other CRMs without more of them
MANY = 24  # people of a deep world; others have eight


def source(kind):
    return tomllib.loads((shipped("mappings") / "sources" / f"{kind}.toml").read_text(encoding="utf-8"))


def record_id(kind, object_, number):
    if kind == "salesforce":
        body = f"{PREFIXES[object_]}5g00000{number:05d}"[:15]
        return body + checksum(body)
    if kind == "zoho":
        return f"zcrm_{5_000_000_000_000_000_000 + number + MOVED.index(object_) * 1000}"
    if kind == "close":
        return f"{ {'companies': 'lead', 'contacts': 'cont', 'deals': 'oppo'}.get(object_, 'acti') }_Ab{number:012d}"
    if kind in ("dynamics365", "suitecrm"):
        return f"1b2c3d4e-0000-4000-8000-{MOVED.index(object_):04d}{number:08d}"
    return f"64f0a1b2c3d4e{MOVED.index(object_)}{number:03d}" if kind == "espocrm" else f"{number}"


def people(kind, many):
    """Rows of contacts; with `many`, also one person twice, a broken email, an opt-out and one long gone."""
    pairs = list(product(FAMILY, GIVEN))[: MANY if many else 8]
    rows = []
    for number, (family, given) in enumerate(pairs, start=1):
        street, city, region, code, country = PLACES[number % len(PLACES)]
        firm = number % len(FIRMS)
        rows.append({
            "source_id": record_id(kind, "contacts", number), "first_name": given, "last_name": family,
            "full_name": f"{given} {family}", "email": f"{given}.{family}@{FIRMS[firm].split()[0]}.example".lower(),
            "phone": f"+4930901820{number:02d}", "title": "Head of Sales" if number % 2 else "Engineer",
            "company_ref": record_id(kind, "companies", firm + 1), "company_name": FIRMS[firm], "street": street,
            "city": city, "region": region, "postal_code": code, "country": country,
            "owner_ref": record_id(kind, "users", 1), "created_at": "2026-04-03 10:00:00",
            "last_activity": "2026-05-20 09:30:00", "last_engaged": "2026-05-20 09:30:00",
            "email_opt_out": "true" if number == 3 else "false",
            "lead_source": "Web",
        })  # fmt: skip
    if many:
        rows[5] |= {"email": "not-an-email"}
        rows[GONE - 1] |= dict.fromkeys(("last_activity", "last_engaged"), "2019-01-05 08:00:00")
        rows[GONE - 1] |= {"created_at": "2018-01-05 08:00:00"}
        rows.append({**rows[0], "source_id": record_id(kind, "contacts", 90), "phone": None, "title": "Sales Lead"})
    return rows


def firms(kind):
    return [
        {"source_id": record_id(kind, "companies", number), "name": name, "website": f"https://{name.split()[0]}.example",
         "industry": ("Banking", "Construction", "Retail", "Energy")[number - 1], "employees": str(number * 10),
         "revenue": f"{number}250000.50", "city": PLACES[number % 3][1], "country": PLACES[number % 3][4],
         "owner_ref": record_id(kind, "users", 1), "created_at": "2023-11-12 10:00:00", "type": "Prospect"}
        for number, name in enumerate(FIRMS, start=1)
    ]  # fmt: skip


def deals(kind):
    return [
        {"source_id": record_id(kind, "deals", number), "name": f"Deal {number}", "amount": f"{number * 1000}.50",
         "currency": "EUR", "stage": STAGES[number % 4], "status": STATUS[number % 4], "close_date": "2026-07-15",
         "company_ref": record_id(kind, "companies", number % 4 + 1),
         "contact_ref": record_id(kind, "contacts", number), "owner_ref": record_id(kind, "users", 1),
         "created_at": "2025-01-05 10:00:00"}
        for number in range(1, 9)
    ]  # fmt: skip


def rows_of(kind, object_, *, many):
    rep = {"source_id": record_id(kind, "users", 1), "email": "rep@seller.example", "first_name": "Rita",
           "last_name": "Rep", "full_name": "Rita Rep", "is_active": "true"}  # fmt: skip
    lead = {"source_id": record_id(kind, "leads", 1), "first_name": "Lena", "last_name": "Lind",
            "full_name": "Lena Lind",
            "email": "lena@new.example", "company_name": "New AB", "status": "Open - Not Contacted",
            "created_at": "2026-04-01 10:00:00", "last_activity": "2026-05-01 10:00:00"}  # fmt: skip
    calls = [
        {"source_id": record_id(kind, "activities", number), "subject": "Call back", "kind": "call", "done": "true",
         "starts_at": "2026-05-03 09:00:00", "due_date": "2026-05-03",
         "person_ref": record_id(kind, "contacts", number),
         "owner_ref": record_id(kind, "users", 1), "created_at": "2026-05-01 10:00:00"}
        for number in range(1, MANY if many else 9) if number != GONE
    ]  # fmt: skip
    made = {"users": [rep], "companies": firms(kind), "deals": deals(kind), "leads": [lead], "activities": calls}
    return made.get(object_) or people(kind, many)


def write_world(folder, kind, *, many=False):
    """Write one file per object that the CRM exports; return their paths."""
    written, seen = [], set()
    has_users = kind != "plain" and any(table.get("object") == "users" for table in source(kind)["tables"].values())
    owned = {"owner_ref": "rep@seller.example"}  # where users cannot be exported, owners stand as they are called
    for name, table in source(kind)["tables"].items():
        object_ = table.get("object")
        if object_ not in ONLY.get(kind, MOVED) or object_ in seen:
            continue
        seen.add(object_)
        words = source(kind)["tables"][table["like"]]["columns"] if "like" in table else {}
        prefix = table.get("prefix", "")
        headers = {
            field: (prefix if isinstance(prefix, str) else prefix[0]) + known[0]
            for field, known in {**words, **table.get("columns", {})}.items()
            if known and field in canonical()[object_].fields
        }
        rows = [row if has_users else row | owned for row in rows_of(kind, object_, many=many)]
        fields = list(headers)
        path = folder / f"{(table.get('files') or [name])[0]}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([headers[field] for field in fields])
            writer.writerows([row.get(field) for field in fields] for row in rows)
        written.append(path)
    return written
