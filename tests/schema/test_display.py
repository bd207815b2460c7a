"""Every column that is written has a look, from one place."""

import pytest

from xlalm.schema.display import NUMBER_FORMATS, OF_ITS_OWN, header, result_format
from xlalm.schema.tables import RESULT_TABLES, table_schema


@pytest.mark.parametrize("table", RESULT_TABLES)
def test_every_display_family_of_a_result_has_a_number_format(table):
    for column in table_schema(table).columns.values():
        assert result_format(column) is not None or not column.display, column.key


def test_columns_of_a_run_of_its_own_have_one_too():
    assert NUMBER_FORMATS[OF_ITS_OWN] == "#,##0.00"


@pytest.mark.parametrize(
    ("key", "shown"),
    [("cet1", "CET1"), ("risk_weight", "Risk weight"), ("cost_bp", "Cost bp"), ("hqla_level", "HQLA level")],
)
def test_a_header_reads_as_a_person_writes_it(key, shown):
    assert header(key) == shown
