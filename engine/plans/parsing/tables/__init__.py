"""Key tasks from tables (P7, P9, P11).

* flat: tables that lost their grid, one cell a line
* header: what each column holds, and whether a table is one of key tasks
* grids: where such tables stand, put together over page breaks
* rows: the rows as entries, one a key task
* key_tasks: an entry as a key task
* overlap: a task named in the text and in the table counts once
"""
