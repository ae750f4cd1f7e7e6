"""Two small contracts, and ways to break one of them."""

from pathlib import Path

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: test-{file}
version: 1.0.0
status: active
customProperties:
  - {{property: fileName, value: {file}.csv}}
  - {{property: delimiter, value: ";"}}
  - {{property: encodings, value: [utf-8]}}
  - {{property: decimalSeparator, value: ","}}
schema:
"""
PARENT = (
    HEAD.format(file="parent")
    + """\
  - name: parent
    properties:
      - name: id
        physicalName: p_id
        logicalType: string
        logicalTypeOptions: {pattern: '^[A-Z][0-9]{1,3}$'}
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        classification: internal
      - name: since
        physicalName: sedan
        logicalType: date
        logicalTypeOptions: {minimum: "2000-01-01", maximum: "2030-12-31"}
        classification: internal
"""
)
CHILD = (
    HEAD.format(file="child")
    + """\
  - name: child
    properties:
      - name: id
        physicalName: c_id
        logicalType: integer
        logicalTypeOptions: {minimum: 1, maximum: 9}
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        classification: internal
      - name: kind
        physicalName: typ
        logicalType: string
        required: true
        primaryKey: true
        primaryKeyPosition: 2
        classification: confidential
        enum:
          - {value: ja, label: Ja}
          - {value: nej, label: Nej}
      - name: parent_id
        physicalName: p_id
        logicalType: string
        logicalTypeOptions: {pattern: '^[A-Z][0-9]{1,3}$'}
        classification: restricted
        relationships:
          - {type: foreignKey, to: parent.id}
      - name: share
        physicalName: andel
        logicalType: number
        logicalTypeOptions: {minimum: 0.5}
        classification: internal
      - name: start
        physicalName: start
        logicalType: date
        required: true
        classification: internal
        quality:
          - id: start-before-parent
            type: sql
            description: 'start' is before the parent's 'sedan'
            dimension: consistency
            severity: warning
            query: >-
              SELECT COUNT(*) FROM child AS t
              WHERE EXISTS (SELECT 1 FROM parent AS p
              WHERE p.id = t.parent_id AND t.start < p.since)
            mustBe: 0
          - id: no-without-share
            type: sql
            description: 'andel' is blank although 'typ' is nej
            dimension: completeness
            severity: error
            query: >-
              SELECT COUNT(*) FROM child AS t
              WHERE t.kind = 'nej' AND t.share IS NULL
            mustBe: 0
"""
).replace("description: '", "description: column '")
PROPERTIES = "schema[0].properties"
# The fault, what is replaced in the child's contract, by what, and the place that is named.
BROKEN = {
    "nested typo": ("        required: true", "        requried: true", f"{PROPERTIES}[0]"),
    "typo in options": ("{pattern:", "{patern:", f"{PROPERTIES}[2].logicalTypeOptions"),
    "foreign key to unknown table": (
        "to: parent.id", "to: parrent.id", f"{PROPERTIES}[2].relationships[0].to"),
    "foreign key to unknown column": (
        "to: parent.id", "to: parent.idd", f"{PROPERTIES}[2].relationships[0].to"),
    "bad logicalType": ("logicalType: number", "logicalType: decimal", f"{PROPERTIES}[3]"),
    "invalid regex": ("^[A-Z][0-9]{1,3}$", "^[A-Z$", f"{PROPERTIES}[2].logicalTypeOptions.pattern"),
    "minimum above maximum": (
        "minimum: 1, maximum: 9", "minimum: 10, maximum: 9", f"{PROPERTIES}[0].logicalTypeOptions"),
    "SQL syntax": ("WHERE t.kind", "WHERE WHERE t.kind", f"{PROPERTIES}[4].quality[1].query"),
    "SQL with unknown column": ("t.kind =", "t.sort =", f"{PROPERTIES}[4].quality[1].query"),
    "double enum value": ("{value: nej,", "{value: ja,", f"{PROPERTIES}[1].enum[1].value"),
    "double name": ("name: share", "name: kind", f"{PROPERTIES}[3].name"),
    "double physicalName": (
        "physicalName: andel", "physicalName: typ", f"{PROPERTIES}[3].physicalName"),
    "double YAML key": ("    properties:\n", "    name: child\n    properties:\n", "line 13"),
    "version not semver": ("version: 1.0.0", "version: '1.10'", "version"),
    "unknown apiVersion": ("apiVersion: v3.2.0", "apiVersion: v9.0.0", "apiVersion"),
    "rule without operator": ("            mustBe: 0\n", "", f"{PROPERTIES}[4].quality[0]"),
    "python tag": (
        "status: active", "status: !!python/object/apply:os.getcwd []", "line 5"),
    "classification free text": (
        "classification: confidential", "classification: rather secret",
        f"{PROPERTIES}[1].classification"),
    # Beyond the eighteen: what would otherwise be silently ignored or misread.
    "unquoted version number": ("version: 1.0.0", "version: 1.10", "version"),
    "old apiVersion": ("apiVersion: v3.2.0", "apiVersion: v3.0.0", "apiVersion"),
    "option not carried out": (
        "minimum: 0.5", "exclusiveMinimum: 0.5",
        f"{PROPERTIES}[3].logicalTypeOptions.exclusiveMinimum"),
    "column key not carried out": (
        "        classification: restricted", "        unique: true\n"
        "        classification: restricted", f"{PROPERTIES}[2].unique"),
    "pattern for part of a cell": (
        "'^[A-Z][0-9]{1,3}$'", "'[A-Z]'", f"{PROPERTIES}[2].logicalTypeOptions.pattern"),
    "free text": (
        "        logicalTypeOptions: {pattern: '^[A-Z][0-9]{1,3}$'}\n", "", f"{PROPERTIES}[2]"),
    "number as text code": ("{value: nej,", "{value: 1,", f"{PROPERTIES}[1].enum[1].value"),
    "SQL that reads a file": (
        "SELECT 1 FROM parent AS p\n", "SELECT 1 FROM read_csv('/etc/hostname') AS p\n",
        f"{PROPERTIES}[4].quality[0].query"),
    "two SQL statements": (
        "t.share IS NULL", "t.share IS NULL; DROP TABLE child",
        f"{PROPERTIES}[4].quality[1].query"),
    "SQL over another table": (
        "FROM child AS t\n              WHERE t.kind",
        "FROM parent AS t\n              WHERE t.kind",
        f"{PROPERTIES}[4].quality[1].query"),
    "double rule id": ("id: no-without-share", "id: start-before-parent",
                       f"{PROPERTIES}[4].quality[1].id"),
    "unknown severity": ("severity: error", "severity: grave",
                         f"{PROPERTIES}[4].quality[1].severity"),
    "no key": ("        primaryKey: true\n", "", PROPERTIES),
    "file name with a path": ("value: child.csv", "value: ../child.csv", "customProperties"),
    "typo in the file's dialect": ("property: delimiter", "property: delimitter",
                                   "customProperties"),
    "encoding not in the list": ("[utf-8]", "[utf-16]", "customProperties.encodings"),
}  # fmt: skip
# Section 1.4 of the design note.
EIGHTEEN = list(BROKEN)[:18]
assert EIGHTEEN[-1] == "classification free text"


def contract_folder(tmp_path: Path, child: str = CHILD) -> Path:
    (tmp_path / "parent.odcs.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "child.odcs.yaml").write_text(child, encoding="utf-8")
    return tmp_path
