package rules

var apikeyHeader, qasBearerHeader, qasAssignedKey, qasAPIKey, qasAPIKeyShort Rule
