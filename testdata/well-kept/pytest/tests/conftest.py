import os

import pytest
import requests
from dotenv import load_dotenv

load_dotenv()


@pytest.fixture(scope="session")
def qasphere():
    """A session for QA Sphere, or a skip where there is no key."""
    url = os.environ.get("QASPHERE_TENANT_URL", "https://acme.eu1.qasphere.com")
    key = os.environ.get("QASPHERE_API_KEY")
    if not key:
        pytest.skip("QASPHERE_API_KEY is not set")
    session = requests.Session()
    session.headers.update({"Authorization": f"ApiKey {key}"})
    session.base = url + "/api/public/v0"
    return session
