FAKE_KEY = "tenantId.keyId.keyToken"


def test_header(monkeypatch):
    monkeypatch.setenv("QASPHERE_API_KEY", FAKE_KEY)


def test_runs(qasphere):
    answer = qasphere.get(qasphere.base + "/project/SHOP/run", params={"closed": "false"}, timeout=10)
    assert answer.status_code == 200
