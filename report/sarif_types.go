package report

// The objects of SARIF 2.1.0 (OASIS standard, errata 01) that reports have, with the
// number of the section that defines each. Only the members that reports use are here.

// sarifFile is a sarifLog object (3.13).
type sarifFile struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

// sarifRun is a run object (3.14).
type sarifRun struct {
	OriginalURIBaseIDs       map[string]sarifArtifact `json:"originalUriBaseIds"`
	AutomationDetails        sarifAutomation          `json:"automationDetails"`
	ColumnKind               string                   `json:"columnKind"`
	Language                 string                   `json:"language"`
	NewlineSequences         []string                 `json:"newlineSequences"`
	Properties               sarifProperties          `json:"properties,omitempty"`
	Results                  []*sarifResult           `json:"results"`
	Tool                     sarifTool                `json:"tool"`
	VersionControlProvenance []*sarifVersionControl   `json:"versionControlProvenance,omitempty"`
}

// sarifAutomation is a runAutomationDetails object (3.17).
type sarifAutomation struct {
	ID string `json:"id"`
}

// sarifTool is a tool object (3.18).
type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

// sarifDriver is a toolComponent object (3.19).
type sarifDriver struct {
	Contents        []string           `json:"contents"`
	InformationURI  string             `json:"informationUri"`
	Language        string             `json:"language"`
	Name            string             `json:"name"`
	Rules           []*sarifDescriptor `json:"rules"`
	SemanticVersion string             `json:"semanticVersion,omitempty"`
	Version         string             `json:"version,omitempty"`
}

// sarifDescriptor is a reportingDescriptor object (3.49), of a rule.
type sarifDescriptor struct {
	DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	FullDescription      sarifText          `json:"fullDescription"`
	Help                 sarifText          `json:"help"`
	HelpURI              string             `json:"helpUri"`
	ID                   string             `json:"id"`
	Name                 string             `json:"name"`
	Properties           sarifProperties    `json:"properties,omitempty"`
	ShortDescription     sarifText          `json:"shortDescription"`
}

// sarifConfiguration is a reportingConfiguration object (3.50).
type sarifConfiguration struct {
	Level string `json:"level"`
}

// sarifText is a multiformatMessageString object (3.12).
type sarifText struct {
	Markdown string `json:"markdown,omitempty"`
	Text     string `json:"text"`
}

// sarifMessage is a message object (3.11).
type sarifMessage struct {
	Text string `json:"text"`
}

// sarifProperties is a property bag (3.8), in which tags are a property, too (3.8.2).
type sarifProperties map[string]any

// sarifResult is a result object (3.27).
type sarifResult struct {
	PartialFingerprints map[string]string   `json:"partialFingerprints"`
	BaselineState       string              `json:"baselineState,omitempty"`
	CodeFlows           []sarifCodeFlow     `json:"codeFlows,omitempty"`
	Fixes               []sarifFix          `json:"fixes,omitempty"`
	Level               string              `json:"level"`
	Locations           []sarifLocation     `json:"locations"`
	Message             *sarifMessage       `json:"message"`
	Properties          sarifProperties     `json:"properties,omitempty"`
	RelatedLocations    []sarifLocation     `json:"relatedLocations,omitempty"`
	RuleID              string              `json:"ruleId"`
	RuleIndex           int                 `json:"ruleIndex"`
	Suppressions        []*sarifSuppression `json:"suppressions,omitempty"`
}

// sarifLocation is a location object (3.28). The IDs of related locations begin at 0.
type sarifLocation struct {
	ID               *int           `json:"id,omitempty"`
	Message          *sarifMessage  `json:"message,omitempty"`
	PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
}

// sarifPhysical is a physicalLocation object (3.29).
type sarifPhysical struct {
	ArtifactLocation *sarifArtifact `json:"artifactLocation"`
	ContextRegion    *sarifRegion   `json:"contextRegion,omitempty"`
	Region           *sarifRegion   `json:"region,omitempty"`
}

// sarifArtifact is an artifactLocation object (3.4).
type sarifArtifact struct {
	Description *sarifMessage `json:"description,omitempty"`
	URI         string        `json:"uri,omitempty"`
	URIBaseID   string        `json:"uriBaseId,omitempty"`
}

// sarifRegion is a region object (3.30). Lines and columns begin at 1.
type sarifRegion struct {
	EndColumn   int           `json:"endColumn,omitempty"`
	EndLine     int           `json:"endLine,omitempty"`
	Snippet     *sarifContent `json:"snippet,omitempty"`
	StartColumn int           `json:"startColumn,omitempty"`
	StartLine   int           `json:"startLine"`
}

// sarifContent is an artifactContent object (3.3).
type sarifContent struct {
	Text string `json:"text"`
}

// sarifCodeFlow is a codeFlow object (3.36).
type sarifCodeFlow struct {
	Message     *sarifMessage     `json:"message"`
	ThreadFlows []sarifThreadFlow `json:"threadFlows"`
}

// sarifThreadFlow is a threadFlow object (3.37).
type sarifThreadFlow struct {
	Locations []sarifFlowLocation `json:"locations"`
}

// sarifFlowLocation is a threadFlowLocation object (3.38).
type sarifFlowLocation struct {
	Importance string        `json:"importance"`
	Location   sarifLocation `json:"location"`
}

// sarifFix is a fix object (3.55).
type sarifFix struct {
	ArtifactChanges []sarifChange `json:"artifactChanges"`
	Description     *sarifMessage `json:"description"`
}

// sarifChange is an artifactChange object (3.56).
type sarifChange struct {
	ArtifactLocation *sarifArtifact     `json:"artifactLocation"`
	Replacements     []sarifReplacement `json:"replacements"`
}

// sarifReplacement is a replacement object (3.57).
type sarifReplacement struct {
	DeletedRegion   sarifRegion  `json:"deletedRegion"`
	InsertedContent sarifContent `json:"insertedContent"`
}

// sarifSuppression is a suppression object (3.35).
type sarifSuppression struct {
	Justification string          `json:"justification,omitempty"`
	Kind          string          `json:"kind"`
	Properties    sarifProperties `json:"properties,omitempty"`
	Status        string          `json:"status"`
}

// sarifInvocation is an invocation object (3.20).
type sarifInvocation struct {
	EndTimeUTC                 string               `json:"endTimeUtc"`
	ExecutionSuccessful        bool                 `json:"executionSuccessful"`
	StartTimeUTC               string               `json:"startTimeUtc"`
	ToolExecutionNotifications []*sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

// sarifNotification is a notification object (3.58).
type sarifNotification struct {
	Level     string          `json:"level"`
	Locations []sarifLocation `json:"locations,omitempty"`
	Message   *sarifMessage   `json:"message"`
}

// sarifVersionControl is a versionControlDetails object (3.23).
type sarifVersionControl struct {
	Branch        string         `json:"branch,omitempty"`
	MappedTo      *sarifArtifact `json:"mappedTo"`
	RepositoryURI string         `json:"repositoryUri"`
	RevisionID    string         `json:"revisionId,omitempty"`
}
