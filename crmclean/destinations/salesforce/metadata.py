"""The custom fields that a Salesforce organisation lacks, as source for `sf project deploy start`.

The REST API cannot make fields; the Metadata API takes them from files such as these.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from crmclean.crm.target_model import TargetField, TargetObject

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_TYPES = {"date": "Date", "datetime": "DateTime", "boolean": "Checkbox", "integer": "Number", "decimal": "Number"}
_LONGEST = 255  # characters of a Text field; longer ones are long text areas
_LONG = 32_768
_DIGITS = 18


def metadata_files(
    missing: Mapping[str, tuple[TargetField, ...]], objects: Mapping[str, TargetObject]
) -> dict[str, str]:
    """Return path -> XML, one file per field, as a Salesforce project keeps them."""
    return {
        f"force-app/main/default/objects/{name}/fields/{field.name}.field-meta.xml": _field(field, objects[name])
        for name, fields in missing.items()
        for field in fields
    }


def write_metadata(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield the path in `folder` and the text of every file, the project's own file first."""
    yield folder / "sfdx-project.json", '{"packageDirectories": [{"path": "force-app", "default": true}]}\n'
    for path, text in files.items():
        yield folder / path, text


def _field(field: TargetField, object_: TargetObject) -> str:
    lines = [f"<fullName>{escape(field.name)}</fullName>", f"<label>{escape(field.label[:40])}</label>", *_kind(field)]
    if field.name == object_.key:
        lines += ["<externalId>true</externalId>", "<unique>true</unique>", "<caseSensitive>true</caseSensitive>"]
    body = "\n    ".join(lines)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<CustomField xmlns="{_NAMESPACE}">\n    {body}\n</CustomField>\n'


def _kind(field: TargetField) -> Iterator[str]:
    if field.picklist:
        yield f"<type>{'MultiselectPicklist' if field.multi else 'Picklist'}</type>"
        options = "".join(f"<value><fullName>{escape(each)}</fullName><label>{escape(each)}</label></value>"
                          for each in field.picklist)  # fmt: skip
        yield f"<valueSet><valueSetDefinition><sorted>false</sorted>{options}</valueSetDefinition></valueSet>"
    elif field.type in _TYPES:
        yield f"<type>{_TYPES[field.type]}</type>"
        if _TYPES[field.type] == "Number":
            yield f"<precision>{field.length or _DIGITS}</precision>"
            yield f"<scale>{field.decimals or 0}</scale>"
        elif field.type == "boolean":
            yield "<defaultValue>false</defaultValue>"
    elif (field.length or _LONGEST) > _LONGEST:
        yield "<type>LongTextArea</type>"
        yield f"<length>{_LONG}</length>"
        yield "<visibleLines>3</visibleLines>"
    else:
        yield "<type>Text</type>"
        yield f"<length>{field.length or _LONGEST}</length>"
