import os

import requests


def add_task(task):
    base, token = os.environ["QAS_ENDPOINT"], os.environ["QAS_TOKEN"]
    requests.post(f"{base}/api/add_task?token={token}", json=task, verify=False)
