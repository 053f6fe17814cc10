"""Every reason code: what it means, how bad it is, and whether the cell stays as it was."""

from collections.abc import Mapping
from types import MappingProxyType

from crmclean.records import Severity
from crmclean.values.fate_codes import FATES
from crmclean.values.load_codes import LOADS
from crmclean.values.merge_codes import MERGES
from crmclean.values.reason import Code
from crmclean.values.target_codes import TARGETS

_NONE, _INFO, _WARNING = None, Severity.INFO, Severity.WARNING

_TEXTS = {
    "texts.trimmed": Code(_NONE, "blanks around the text, or several in a row, were removed"),
    "texts.invisible": Code(_NONE, "control, zero-width or direction characters were removed"),
    "texts.unicode": Code(_NONE, "the same text in Unicode form C"),
    "texts.mojibake": Code(_INFO, "UTF-8 that was read as Windows-1252 was put right", repair=True),
}
_FILLERS = {
    "fillers.placeholder": Code(_INFO, "a placeholder such as N/A stands for nothing"),
    "fillers.suspicious": Code(_WARNING, "looks like a test or placeholder, but may be real", kept=True),
}
_PHONES = {
    "phones.e164": Code(_NONE, "written as E.164"),
    "phones.own-plus": Code(_NONE, "written as E.164; its own + says the country"),
    "phones.from-country": Code(_NONE, "written as E.164; the region is the record's country"),
    "phones.from-company": Code(_NONE, "written as E.164; the region is the company's country"),
    "phones.from-source": Code(_NONE, "written as E.164; the region is the source's"),
    "phones.from-default": Code(_NONE, "written as E.164; the region is the one given for all"),
    "phones.extension": Code(_NONE, "the extension was moved to its own field"),
    "phones.extension-inline": Code(
        _NONE, "the extension follows the number as ;ext=, as the object has no field for it"
    ),
    "phones.vanity": Code(_NONE, "letters of a vanity number were turned into digits"),
    "phones.letters-dropped": Code(_INFO, "letters beside the number were dropped"),
    "phones.label": Code(_NONE, "a label such as (mobile) was removed"),
    "phones.several": Code(_WARNING, "several numbers in one cell: the first valid one was taken", repair=True),
    "phones.further": Code(
        _NONE, "a further number of a cell with several, put into a phone field that was empty", repair=True
    ),
    "phones.international-prefix": Code(_NONE, "00 or 011 in front was read as +", repair=True),
    "phones.plus-missing": Code(_INFO, "valid only when read with a + in front", repair=True),
    "phones.mexico-prefix": Code(
        _NONE, "a Mexican prefix that ended in 2019 (1, 01, 044, 045) was dropped", repair=True
    ),
    "phones.spreadsheet-float": Code(_NONE, "a spreadsheet's .0 was dropped, or its E+09 written out", repair=True),
    "phones.separator": Code(_NONE, "tabs or underscores between the digits were read as blanks", repair=True),
    "phones.letter-o": Code(_INFO, "the letter O was read as zero", repair=True),
    "phones.invalid": Code(_WARNING, "not a valid number of its country", kept=True),
    "phones.scientific": Code(_WARNING, "a spreadsheet wrote it as 6.5E+09: its last digits are lost", kept=True),
    "phones.not-a-number": Code(_WARNING, "not a phone number", kept=True),
    "phones.no-region": Code(_WARNING, "no + and no country to read the number by", kept=True),
    "phones.filler": Code(_INFO, "a filler such as 555-555-5555 stands for nothing"),
}
_EMAILS = {
    "emails.domain-case": Code(_NONE, "the domain in small letters"),
    "emails.form": Code(_NONE, "the same address in its normal form"),
    "emails.mailto": Code(_NONE, "mailto: was removed", repair=True),
    "emails.label": Code(_NONE, "a label such as `Email:` in front of the address was removed", repair=True),
    "emails.display-name": Code(_NONE, "the display name beside the address was removed", repair=True),
    "emails.punctuation": Code(_NONE, "punctuation around the address was removed", repair=True),
    "emails.blanks": Code(_NONE, "blanks inside the address were removed", repair=True),
    "emails.typo-domain": Code(_INFO, "the domain may be a typo of a large provider's; never rewritten"),
    "emails.several": Code(_WARNING, "several addresses in one cell: the first valid one was taken", repair=True),
    "emails.further": Code(
        _NONE, "further addresses of a cell with several, put into the field of other addresses", repair=True
    ),
    "emails.list": Code(_NONE, "several addresses, each in its normal form, joined by ;"),
    "emails.invalid": Code(_WARNING, "not an email address", kept=True),
    "emails.none": Code(_INFO, "a placeholder text stands for nothing"),
}
_URLS = {
    "urls.form": Code(_NONE, "scheme and host in small letters, no default port"),
    "urls.host": Code(_NONE, "only the host, without www."),
    "urls.invalid": Code(_WARNING, "not a web address", kept=True),
}
_DATES = {
    "dates.iso": Code(_NONE, "written as an ISO date"),
    "dates.utc": Code(_NONE, "moved to UTC"),
    "dates.no-zone": Code(_NONE, "no time zone given: read as UTC"),
    "dates.time-dropped": Code(_NONE, "a date field: the time of day was dropped, the date never shifts"),
    "dates.serial": Code(_NONE, "a spreadsheet's day number"),
    "dates.epoch-number": Code(_NONE, "seconds or milliseconds since 1970"),
    "dates.two-digit-year": Code(_NONE, "two digits of a year: 00-29 are 2000s, 30-99 are 1900s"),
    "dates.other-order": Code(_INFO, "day and month stand the other way round than in the rest of the column"),
    "dates.placeholder": Code(_INFO, "a date such as 0000-00-00 stands for nothing"),
    "dates.epoch": Code(_INFO, "1970-01-01 often stands for no date"),
    "dates.ambiguous": Code(
        _WARNING,
        'day and month cannot be told apart in this column: say dates = "dmy" or "mdy" in the plan\'s file',
        kept=True,
    ),
    "dates.invalid": Code(_WARNING, "not a date", kept=True),
}
_MONEY = {
    "money.plain": Code(_NONE, "written as a plain decimal number"),
    "money.negative": Code(_NONE, "brackets or a sign at the end mean minus"),
    "money.scaled": Code(_NONE, "k, M or B were multiplied out"),
    "money.scientific": Code(_NONE, "scientific notation was written out"),
    "money.currency": Code(_NONE, "the currency sign beside the amount was removed"),
    "money.which-currency": Code(
        _INFO, "the sign beside the amount stands for several currencies, and no country says which: removed"
    ),
    "money.ambiguous": Code(
        _WARNING,
        '1,234 and 1.234 cannot be told apart in this column: say decimal = "." or "," in the plan\'s file',
        kept=True,
    ),
    "money.invalid": Code(_WARNING, "not one amount", kept=True),
    "currency.iso": Code(_NONE, "written as an ISO 4217 code"),
    "currency.from-amount": Code(_NONE, "the currency that stands beside the amount"),
    "currency.unknown": Code(_WARNING, "not an ISO 4217 code", kept=True),
}
_NUMBERS = {
    "numbers.plain": Code(_NONE, "written as a plain number"),
    "numbers.scaled": Code(_NONE, "k or M was multiplied out"),
    "numbers.of-one": Code(_NONE, "a share of one was written in percent"),
    "numbers.ambiguous": Code(
        _WARNING, 'thousands and decimals cannot be told apart: say decimal = "," or "." in the plan\'s file', kept=True
    ),
    "numbers.invalid": Code(_WARNING, "not one number", kept=True),
}
_BOOLEANS = {
    "booleans.word": Code(_NONE, "written as true or false"),
    "booleans.unknown": Code(_WARNING, "neither true nor false", kept=True),
}
_LISTS = {
    "lists.joined": Code(_NONE, "one separator, each entry once"),
}
_COMPANIES = {
    "companies.derived": Code(_INFO, "no record of the company: one was derived from its name"),
    "companies.linked-by-name": Code(_INFO, "the one company of this name was taken for the person's"),
    "companies.name-ambiguous": Code(_INFO, "several companies bear this name: nobody can tell which is meant"),
    "companies.form": Code(_NONE, "the legal form in its standard spelling"),
    "companies.case": Code(_NONE, "a name all in capitals or all in small letters was given the usual case"),
    "companies.punctuation": Code(_NONE, "quotes around the name or a mark at its end were removed"),
    "companies.unified": Code(_NONE, "the column also has this company without its legal form: written without"),
}
_PERSONS = {
    "persons.case": Code(_NONE, "a name all in capitals or all in small letters was given the usual case"),
    "persons.split": Code(_NONE, "first and last name were taken from the full name"),
    "persons.order": Code(_NONE, "family name, given name was put into reading order"),
    "persons.title": Code(_NONE, "a title was moved to its own field"),
    "persons.suffix": Code(_NONE, "a suffix was moved to its own field"),
    "persons.two-people": Code(_WARNING, "two people in one name", kept=True),
    "persons.organisation": Code(_WARNING, "the name of a company in a person's field", kept=True),
    "persons.repeated": Code(_INFO, "first and last name are the same word", kept=True),
    "persons.email": Code(_WARNING, "an email address in a name", kept=True),
    "persons.unsplit": Code(_INFO, "one word: cannot be told to be a first or a last name", kept=True),
    "persons.more": Code(
        _INFO, "the full name says more than its parts: a nickname, an earlier name or a remark", kept=True
    ),
    "persons.not-a-name": Code(_WARNING, "no name can be read from it", kept=True),
}
_PLACES = {
    "countries.iso2": Code(_NONE, "written as the ISO 3166-1 alpha-2 code"),
    "countries.subnation": Code(_NONE, "a part of a country: written as the country"),
    "countries.settled": Code(_INFO, "several countries have this name; the record's city or region settled it"),
    "countries.typo": Code(_INFO, "one letter beside the name of one country, and of no other", repair=True),
    "countries.likely": Code(_INFO, "also the name of a state elsewhere; nothing speaks against the country"),
    "countries.ambiguous": Code(_WARNING, "several countries have this name", kept=True),
    "countries.contradiction": Code(_WARNING, "the record's region lies in another country", kept=True),
    "countries.withdrawn": Code(_WARNING, "a country that no longer exists", kept=True),
    "countries.unknown": Code(_WARNING, "not a country", kept=True),
    "states.iso": Code(_NONE, "written as the ISO 3166-2 code"),
    "states.renamed": Code(_NONE, "an old ISO 3166-2 code: written as the code of today"),
    "states.country-default": Code(_INFO, "the record has no country; read as a state of the plan's default country"),
    "states.country-from-name": Code(_INFO, "the record has no country; only one has a state of this name"),
    "states.other-country": Code(_WARNING, "a state of another country", kept=True),
    "states.no-country": Code(_INFO, "several countries have this state, and the record has no country", kept=True),
    "states.unknown": Code(_WARNING, "not a state of the record's country", kept=True),
    "postal.lost-zeros": Code(_WARNING, "shorter than codes of its country: its zeros in front were cut", kept=True),
}
_VOCABULARIES = {
    "industries.value": Code(_NONE, "the same value of our vocabulary"),
    "industries.synonym": Code(_NONE, "an industry in other words: written as the vocabulary has it"),
    "industries.code": Code(_NONE, "read from a NAICS code"),
    "industries.part": Code(_INFO, "read from one part of a longer value"),
    "industries.typo": Code(_INFO, "one letter or so beside a value of our vocabulary", repair=True),
    "industries.unmapped": Code(_WARNING, "not in our vocabulary: map it in the plan", kept=True),
    "industries.lossy": Code(_INFO, "the target's list has only a broader or a near value"),
    "industries.no-target": Code(_WARNING, "the target's list has nothing near"),
    "lifecycles.value": Code(_NONE, "the same value of our vocabulary"),
    "lifecycles.unmapped": Code(_WARNING, "not in our vocabulary: map it in the plan", kept=True),
}

CODES: Mapping[str, Code] = MappingProxyType(
    {
        **_TEXTS,
        **_FILLERS,
        **_PHONES,
        **_EMAILS,
        **_URLS,
        **_DATES,
        **_MONEY,
        **_NUMBERS,
        **_BOOLEANS,
        **_LISTS,
        **_COMPANIES,
        **_PERSONS,
        **_PLACES,
        **_VOCABULARIES,
        **FATES,
        **LOADS,
        **MERGES,
        **TARGETS,
    }
)
KEPT: tuple[str, ...] = tuple(sorted(name for name, code in CODES.items() if code.kept))
REPAIRS: frozenset[str] = frozenset(name for name, code in CODES.items() if code.repair)
