"""The words that invented people and companies are made of. Nobody real is meant."""

# given name, salutation, and the nicknames that the same person may be filed under
GIVEN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Robert", "Mr.", ("Bob", "Rob")), ("William", "Mr.", ("Bill", "Will")), ("Elizabeth", "Ms.", ("Liz", "Beth")),
    ("Margaret", "Ms.", ("Peggy", "Maggie")), ("Katherine", "Ms.", ("Kate", "Kathy")), ("James", "Mr.", ("Jim",)),
    ("Michael", "Mr.", ("Mike",)), ("Richard", "Mr.", ("Rick", "Dick")), ("Thomas", "Mr.", ("Tom",)),
    ("Jennifer", "Ms.", ("Jenny", "Jen")), ("Christopher", "Mr.", ("Chris",)), ("Daniel", "Mr.", ("Dan",)),
    ("Matthew", "Mr.", ("Matt",)), ("Anthony", "Mr.", ("Tony",)), ("Steven", "Mr.", ("Steve",)),
    ("Edward", "Mr.", ("Ed", "Ted")), ("Susan", "Ms.", ("Sue",)), ("Patricia", "Ms.", ("Pat", "Trish")),
    ("Deborah", "Ms.", ("Debbie",)), ("Rebecca", "Ms.", ("Becky",)), ("Victoria", "Ms.", ("Vicky",)),
    ("Alexander", "Mr.", ("Alex",)), ("Benjamin", "Mr.", ("Ben",)), ("Nicholas", "Mr.", ("Nick",)),
    ("Samuel", "Mr.", ("Sam",)), ("Theodore", "Mr.", ("Ted", "Theo")), ("Jonathan", "Mr.", ("Jon",)),
    ("Gregory", "Mr.", ("Greg",)), ("Andrew", "Mr.", ("Andy", "Drew")), ("Joseph", "Mr.", ("Joe",)),
    ("Charles", "Mr.", ("Charlie", "Chuck")), ("Abigail", "Ms.", ("Abby",)), ("Amanda", "Ms.", ("Mandy",)),
    ("Cynthia", "Ms.", ("Cindy",)), ("Pamela", "Ms.", ("Pam",)), ("Sandra", "Ms.", ("Sandy",)),
    ("Christina", "Ms.", ("Tina", "Chris")), ("Kimberly", "Ms.", ("Kim",)), ("Barbara", "Ms.", ("Barb",)),
    ("Philip", "Mr.", ("Phil",)), ("Vincent", "Mr.", ("Vince",)), ("Walter", "Mr.", ("Walt",)),
    *((name, "Ms.", ()) for name in (
        "Ada", "Aisha", "Alice", "Amelia", "Amina", "Ana", "Anja", "Anika", "Astrid", "Beatriz", "Bianca", "Brigitte",
        "Camille", "Carla", "Carmen", "Chiara", "Chloé", "Clara", "Claire", "Colette", "Dagmar", "Daria", "Diana",
        "Elena", "Élodie", "Emilia", "Emma", "Erika", "Esther", "Eva", "Fatima", "Fiona", "Freya", "Gabriela", "Greta",
        "Hana", "Hannah", "Heidi", "Helena", "Ingrid", "Irene", "Isabel", "Ivana", "Jana", "Jasmin", "Joana", "Julia",
        "Karin", "Keiko", "Lara", "Laura", "Leila", "Lena", "Linnea", "Lucía", "Maria", "Marta", "Mei", "Mina",
        "Miriam",
        "Monika", "Nadia", "Naomi", "Nora", "Olga", "Olivia", "Paula", "Petra", "Priya", "Renée", "Rosa", "Ruth",
        "Sanne",
        "Sara", "Silvia", "Sofia", "Stella", "Sunita", "Tamara", "Tatiana", "Ulrike", "Ursula", "Vera", "Wanda",
        "Yasmin",
        "Yuki", "Zoë", "Zuzana",
    )),
    *((name, "Mr.", ()) for name in (
        "Aaron", "Adam", "Ahmed", "Albert", "Alan", "André", "Anton", "Arjun", "Arne", "Bastian", "Boris", "Bruno",
        "Carlos", "César", "Cédric", "Colin", "Damien", "David", "Dennis", "Diego", "Dmitri", "Emil", "Enrico", "Erik",
        "Ethan", "Felix", "Filip", "Florian", "Frank", "Gavin", "George", "Gustav", "Hans", "Harald", "Hassan",
        "Henrik",
        "Hiroshi", "Hugo", "Ian", "Igor", "Ivan", "Jakob", "Jan", "Javier", "Jens", "Joaquín", "Jürgen", "Karl",
        "Kenji",
        "Kevin", "Klaus", "Lars", "Leon", "Liam", "Lorenzo", "Louis", "Luca", "Ludwig", "Luis", "Magnus", "Marco",
        "Mark",
        "Martin", "Mateo", "Max", "Mehmet", "Milan", "Nils", "Noah", "Oliver", "Omar", "Oscar", "Otto", "Pablo", "Paul",
        "Pedro", "Peter", "Rafael", "Raj", "René", "Roman", "Ryan", "Sebastian", "Sergio", "Simon", "Stefan", "Sven",
        "Tariq", "Tobias", "Tomás", "Ulrich", "Viktor", "Wei", "Xavier", "Yusuf", "Zoltan",
    )),
)  # fmt: skip

COMMON_SURNAMES = (
    "Adams", "Andersson", "Baker", "Becker", "Bennett", "Brown", "Campbell", "Chen", "Clark", "Cooper", "Costa",
    "Davies",
    "Dubois", "Evans", "Fernández", "Fischer", "García", "Gupta", "Hansen", "Hernández", "Hoffmann", "Hughes", "Ivanov",
    "Jansen", "Jensen", "Johnson", "Jones", "Kaur", "Kelly", "Khan", "Kim", "Kowalski", "Lambert", "Larsen", "Lee",
    "Leroy", "López", "Martin", "Meyer", "Miller", "Moreau", "Müller", "Murphy", "Nakamura", "Nguyen", "Novak",
    "O'Brien",
    "O'Connor", "Patel", "Petersen", "Petrov", "Ricci", "Roberts", "Rossi", "Sato", "Schäfer", "Schmidt", "Schneider",
    "Schulz", "Silva", "Singh", "Smith", "Suzuki", "Taylor", "Tanaka", "Thompson", "van Dijk", "van den Berg",
    "de Vries",
    "Wagner", "Walker", "Weber", "White", "Williams", "Wilson", "Wood", "Wright", "Young", "Zhang", "Zimmermann",
)  # fmt: skip
SURNAME_STARTS = (
    "Ald", "Amber", "Ash", "Barn", "Beck", "Birk", "Black", "Brad", "Bram", "Bran", "Brook", "Burn", "Cald", "Carl",
    "Charl", "Clay", "Cold", "Cran", "Dal", "Dray", "Eden", "Ell", "Elm", "Farn", "Fen", "Fern", "Gar", "Glen", "Gold",
    "Grant", "Hal", "Ham", "Har", "Hart", "Hask", "Hay", "Hazel", "Hol", "Kem", "Kest", "King", "Lang", "Lin", "Lock",
    "Lyn", "Mar", "Mel", "Mill", "Mor", "Nor", "Oak", "Pem", "Pen", "Rad", "Raven", "Red", "Rock", "Ros", "Rush", "Sel",
    "Sher", "Stan", "Star", "Stock", "Sud", "Thorn", "Til", "Val", "Wake", "Wal", "Wet", "Wick", "Win", "Wood", "Wyn",
)  # fmt: skip
SURNAME_ENDS = (
    "acre", "bank", "berry", "bourne", "bridge", "brook", "bury", "by", "combe", "cote", "croft", "dale", "den",
    "ditch",
    "don", "field", "ford", "gate", "ham", "hurst", "ington", "land", "leigh", "ley", "low", "man", "mere", "more",
    "ridge",
    "shaw", "stead", "ster", "stock", "stone", "ton", "tree", "wall", "ward", "well", "wick", "win", "wood", "worth",
)  # fmt: skip

COMPANY_FIRST = (
    "Alder", "Amber", "Anchor", "Apex", "Arbor", "Aspen", "Atlas", "Aurora", "Beacon", "Birch", "Bluefin", "Bramble",
    "Bright", "Cedar", "Cinder", "Clover", "Cobalt", "Copper", "Coral", "Crescent", "Crimson", "Crown", "Delta",
    "Drift",
    "Dune", "Eagle", "Ember", "Evergreen", "Falcon", "Fern", "Flint", "Forge", "Foxglove", "Garnet", "Glacier",
    "Golden",
    "Granite", "Harbor", "Hawthorn", "Hazel", "Heron", "Horizon", "Indigo", "Iron", "Ivory", "Jade", "Juniper",
    "Keystone",
    "Lark", "Laurel", "Linden", "Lumen", "Lynx", "Magnolia", "Maple", "Marble", "Meridian", "Mistral", "Moss", "Nimbus",
    "North", "Oak", "Obsidian", "Ochre", "Onyx", "Opal", "Orchid", "Osprey", "Otter", "Pebble", "Pine", "Pioneer",
    "Quartz", "Quill", "Raven", "Redwood", "Ridge", "Rowan", "Saffron", "Sage", "Sierra", "Silver", "Slate", "Solar",
    "Sparrow", "Spruce", "Sterling", "Summit", "Swift", "Teal", "Thistle", "Timber", "Topaz", "Tundra", "Umber",
    "Vector",
    "Velvet", "Vertex", "Violet", "Walnut", "Willow", "Winter", "Wren", "Zenith", "Zephyr",
)  # fmt: skip
COMPANY_SECOND = (
    "Bay", "Bend", "Bluff", "Bridge", "Brook", "Canyon", "Cape", "Cliff", "Coast", "Cove", "Creek", "Crest", "Cross",
    "Dale", "Field", "Fjord", "Ford", "Forest", "Gate", "Glade", "Glen", "Grove", "Harbour", "Haven", "Heath", "Hill",
    "Hollow", "Island", "Key", "Lake", "Lane", "Leaf", "Loch", "Marsh", "Meadow", "Mesa", "Mill", "Moor", "Orchard",
    "Park", "Pass", "Peak", "Point", "Pond", "Port", "Prairie", "Range", "Reach", "Reef", "River", "Rock", "Shore",
    "Spring", "Stone", "Stream", "Terrace", "Trail", "Vale", "Valley", "View", "Vista", "Water", "Way", "Well", "Wharf",
    "Wind", "Wood", "Yard",
)  # fmt: skip
# what the company does: the last word of its name, and how its industry is written (the first is the CRM's own value)
TRADES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Software", ("Technology", "Software", "SaaS", "IT", "Tech", "technology")),
    ("Systems", ("Technology", "Information Technology", "tech", "Computer Software")),
    ("Logistics", ("Transportation", "Logistics", "transport", "Freight")),
    ("Foods", ("Food & Beverage", "Food and Beverage", "Food", "F&B")),
    ("Health", ("Healthcare", "Health Care", "healthcare", "Medical")),
    ("Energy", ("Energy", "Oil & Gas", "energy", "Renewables")),
    ("Capital", ("Finance", "Financial Services", "finance", "Banking")),
    ("Insurance", ("Insurance", "insurance", "INSURANCE")),
    ("Construction", ("Construction", "Building", "construction")),
    ("Machinery", ("Machinery", "Manufacturing", "Industrial Machinery")),
    ("Textiles", ("Apparel", "Textiles", "Fashion", "apparel")),
    ("Media", ("Media", "Publishing", "media", "Media & Entertainment")),
    ("Retail", ("Retail", "retail", "E-Commerce")),
    ("Consulting", ("Consulting", "Management Consulting", "consulting", "Professional Services")),
    ("Chemicals", ("Chemicals", "Chemical", "chemicals")),
    ("Telecom", ("Telecommunications", "Telecom", "telco")),
    ("Hotels", ("Hospitality", "Hotels", "Travel & Hospitality")),
    ("Biotech", ("Biotechnology", "Biotech", "Life Sciences")),
    ("Academy", ("Education", "Higher Education", "education", "EdTech")),
    ("Utilities", ("Utilities", "utilities", "Water & Sewer")),
)  # fmt: skip
LEGAL_FORMS = {  # by country; the first is the registered one
    "US": ("Inc.", "LLC", "Corp."), "CA": ("Inc.", "Ltd."), "GB": ("Ltd", "plc", "LLP"),
    "DE": ("GmbH", "AG", "GmbH & Co. KG"), "FR": ("SARL", "SAS", "SA"), "AU": ("Pty Ltd", "Pty Ltd", "Ltd"),
}  # fmt: skip

# title, department
JOBS = (
    ("VP Sales", "Sales"), ("Sales Manager", "Sales"), ("Account Executive", "Sales"),
    ("Head of Marketing", "Marketing"),
    ("Marketing Manager", "Marketing"), ("Marketing Coordinator", "Marketing"), ("CFO", "Finance"),
    ("Finance Director", "Finance"), ("Controller", "Finance"), ("Chief Technology Officer", "IT"),
    ("IT Manager", "IT"),
    ("Systems Administrator", "IT"), ("Software Engineer", "Engineering"), ("Head of Engineering", "Engineering"),
    ("Product Manager", "Product"), ("Procurement Lead", "Procurement"), ("Buyer", "Procurement"),
    ("COO", "Operations"),
    ("Operations Manager", "Operations"), ("Plant Manager", "Operations"), ("HR Director", "HR"), ("Recruiter", "HR"),
    ("General Counsel", "Legal"), ("Managing Director", "Management"), ("CEO", "Management"), ("Owner", "Management"),
    ("Office Manager", "Administration"), ("Executive Assistant", "Administration"), ("Consultant", "Services"),
    ("Customer Success Manager", "Services"),
)  # fmt: skip

STREETS = (
    "Market Street", "Station Road", "High Street", "Mill Lane", "Church Street", "Park Avenue", "Oak Street",
    "River Road",
    "Lake Drive", "Hill Street", "Garden Lane", "Bridge Street", "Canal Street", "Harbour Road", "Forest Avenue",
    "Meadow Lane", "Cedar Avenue", "Union Street", "Center Street", "Spring Street", "Maple Avenue", "Railway Street",
    "College Road", "King Street", "Queen Street", "Elm Street", "Factory Lane", "Sunset Boulevard", "Main Street",
    "2nd Avenue",
)  # fmt: skip
PRIVATE_MAIL = ("freemail.example", "inbox.example", "postbox.example", "webmail.example")
ROLE_MAILBOXES = ("info", "sales", "office", "contact", "support")
FILLER_EMAILS = ("test@test.com", "N/A", "none@none.com", "noemail@noemail.com", "-", "unknown")
FILLER_PHONES = ("555-555-5555", "000-000-0000", "N/A", "0000000000", "n/a", "-")
FILLER_TITLES = ("N/A", "n/a", "-", "unknown", "TBD", "none")
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", "Trade Show")
TAGS = ("newsletter", "webinar 2024", "webinar 2025", "trade fair", "whitepaper", "free trial", "partner")
