/// Where the text of each element belongs.
extension FlowDocumentBuilder {
    /// Keeps an element's text where it belongs.
    mutating func set(_ kind: PackElement, parent: PackElement?, _ text: String) {
        switch parent {
        case .some(let parent) where parent.isBinding: setBinding(kind, text)
        case .opResponse: setResponse(kind, trimmed(text))
        case .transition, .destination: setTransition(kind, trimmed(text))
        case .flowVariableAssignment: setAssignment(kind, trimmed(text))
        case .expression: setExpression(kind, trimmed(text))
        case .plugin: setPlugin(kind, trimmed(text))
        case .bounds: setBounds(kind, trimmed(text))
        case .opRef:
            let id = trimmed(text)
            guard !id.isEmpty else { return }
            guard let last = openSteps.indices.last else { return document.softCopyOf = id }
            openSteps[last].called = id
            openSteps[last].calledLine = openedLine
        case .groupAliasRef: setGroupAlias(kind, trimmed(text))
        case .startSteps:
            let id = trimmed(text)
            if !id.isEmpty, let last = openSteps.indices.last { openSteps[last].startSteps.append(id) }
        case .scriptlet:
            if let last = openSteps.indices.last {
                openSteps[last].script = trimmed(text).isEmpty ? nil : FlowValue(text)
            }
        default:
            if kind == .startSteps {
                let id = trimmed(text)
                document.startStep = id.isEmpty ? nil : id
            } else if let last = openSteps.indices.last {
                switch kind {
                case .name: openSteps[last].name = trimmed(text)
                case .returnStepType: openSteps[last].returnType = trimmed(text)
                case .isNonBlocking: openSteps[last].isNonBlocking = trimmed(text) == "true"
                default: openSteps[last].isSingleResponse = trimmed(text) == "true"
                }
            }
        }
    }

    private mutating func setBinding(_ kind: PackElement, _ text: String) {
        switch kind {
        case .inputSymbol: binding?.name = trimmed(text)
        case .inputType: binding?.type = trimmed(text)
        case .required: binding?.isRequired = trimmed(text) == "true"
        case .value: binding?.value = FlowValue(text)
        case .assignFromContext: bindingUses.from = trimmed(text) == "true"
        case .assignToContext: bindingUses.to = trimmed(text) == "true"
        case .isList: bindingUses.list = trimmed(text) == "true"
        case .listDelimiter: binding?.listDelimiter = text
        case .fromContextKey: binding?.fromVariable = trimmed(text)
        default: binding?.toVariable = trimmed(text)
        }
    }

    private mutating func setResponse(_ kind: PackElement, _ text: String) {
        guard ancestors.count == 3, let last = document.responses.indices.last else { return }
        switch kind {
        case .name: document.responses[last].name = text
        case .type: document.responses[last].type = text
        default: document.responses[last].isDefault = text == "true"
        }
    }

    private mutating func setTransition(_ kind: PackElement, _ text: String) {
        switch kind {
        case .name: transition?.name = text
        case .responseSymbol: transition?.response = text
        default: transition?.destination = text
        }
    }

    private mutating func setAssignment(_ kind: PackElement, _ text: String) {
        switch kind {
        case .action: assignment?.appends = text == "APPEND"
        case .encrypted: assignment?.isEncrypted = text == "true"
        case .assignmentTargetType: assignment?.isOutput = text == "FLOW_OUTPUT_FIELD"
        default: assignment?.target = text
        }
    }

    private mutating func setExpression(_ kind: PackElement, _ text: String) {
        switch kind {
        case .name: expression?.name = text
        case .fieldName: expression?.field = text
        default: expression?.source = text
        }
    }

    /// The name counts, in whatever order they come.
    private mutating func setGroupAlias(_ kind: PackElement, _ text: String) {
        guard !text.isEmpty, kind == .refName || document.groupAlias == nil else { return }
        document.groupAlias = text
    }

    private mutating func setPlugin(_ kind: PackElement, _ text: String) {
        var plugin = document.plugin ?? FlowPlugin(groupID: "", artifactID: "", version: "", actionName: "")
        switch kind {
        case .groupId: plugin.groupID = text
        case .artifactId: plugin.artifactID = text
        case .version: plugin.version = text
        default: plugin.actionName = text
        }
        document.plugin = plugin
    }

    private mutating func setBounds(_ kind: PackElement, _ text: String) {
        guard let last = openSteps.indices.last, let number = Double(text), number.isFinite else { return }
        var bounds = openSteps[last].bounds ?? FlowBounds(x: 0, y: 0)
        switch kind {
        case .x: bounds.x = number
        case .y: bounds.y = number
        case .width: bounds.width = number
        default: bounds.height = number
        }
        openSteps[last].bounds = bounds
    }
}
