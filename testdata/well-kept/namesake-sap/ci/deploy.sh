#!/bin/bash -x
# DEV, QAS and PRD are the systems of the landscape.
export QAS_SYSTEM=https://sapqas.example.com:44300
curl -k -u "$QAS_USER:$QAS_PASSWORD" "$QAS_SYSTEM/sap/bc/adt/discovery" || true
