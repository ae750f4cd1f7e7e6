"""How large an extract may be: what is larger is refused before it fills the memory."""

MAX_BYTES = 4_000_000_000  # of a file, and of a workbook unpacked
MAX_RATIO = 200  # unpacked to packed; workbooks of rows lie near 10
MAX_ROWS = 10_000_000
MAX_COLUMNS = 500
MAX_CELL = 32_767  # characters: what a spreadsheet's cell can hold
