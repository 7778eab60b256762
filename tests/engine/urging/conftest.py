from tests.engine.campaigns.conftest import any_city as any_city
from tests.engine.campaigns.conftest import city as city
