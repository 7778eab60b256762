from tests.engine.campaigns.conftest import city as city
