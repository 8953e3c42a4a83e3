/// What each element means by where it stands.
extension FlowDocumentSink {
    /// The element that `depth` levels above the current one stands; 1 is its parent.
    private func ancestor(_ depth: Int) -> PackElement? {
        ancestors.count >= depth ? ancestors[ancestors.count - depth] : nil
    }

    /// Whether the current element's parent is a step of the graph, and not the reference to one in a callout.
    private var isInStep: Bool { ancestor(1)?.stepKind != nil && ancestor(2) == .steps }

    /// Begins what the element begins; answers whether its text is wanted.
    func open(_ kind: PackElement, parent: PackElement?, _ element: XMLStartElement) throws(ContentError) -> Bool {
        switch kind {
        case _ where kind.stepKind != nil:
            guard parent == .steps, let stepKind = kind.stepKind else { return false }
            openSteps.append(FlowStep(id: element.attribute("id") ?? "", name: "", kind: stepKind, line: element.line))
            return false
        case _ where kind.isBinding:
            guard parent == .inputs || parent == .bindings else { return false }
            binding = FlowBinding(name: "", kind: kind.rawValue, type: "", line: element.line)
            bindingUses = (false, false)
            try check((openSteps.last?.bindings.count ?? document.inputs.count) + 1, "inputs", element)
            return false
        case .opResponse:
            guard parent == .possibleResponses, ancestors.count == 2 else { return false }
            document.responses.append(FlowResponse(name: "", type: "", line: element.line))
            try check(document.responses.count, "responses", element)
            return false
        case .transition where parent == .transitions:
            transition = FlowTransition(response: "", name: "", destination: "", line: element.line)
            return false
        case .flowVariableAssignment where parent == .assignments:
            assignment = FlowAssignment(target: "", isOutput: false, expression: FlowExpression(name: "", field: ""))
            return false
        case .expression where parent == .flowVariableAssignment || parent == .availableResultExpressions:
            expression = FlowExpression(name: "", field: "")
            return false
        default:
            if parent == .filters, ancestor(2) == .expression { expression?.filters.append(element.name) }
            return wantsText(kind, parent: parent, element)
        }
    }

    private func wantsText(_ kind: PackElement, parent: PackElement?, _ element: XMLStartElement) -> Bool {
        switch kind {
        case .startSteps:
            guard ancestors.count == 1 else { return false }
            document.startStepLine = element.line
            return true
        case .refId:
            if parent == .opRef, let last = openSteps.indices.last { openSteps[last].calledLine = element.line }
            return parent == .opRef || parent == .destination || parent == .startSteps
        case .inputSymbol, .inputType, .required, .value, .assignFromContext, .fromContextKey, .assignToContext,
            .toContextKey:
            return parent?.isBinding == true && binding != nil
        case .name: return isInStep || parent == .transition || parent == .opResponse || parent == .expression
        case .type, .isDefault: return parent == .opResponse
        case .responseSymbol: return parent == .transition
        case .action, .assignmentTargetType, .contextKey: return parent == .flowVariableAssignment
        case .fieldName, .sourceType: return parent == .expression && expression != nil
        case .x, .y, .width, .height:
            return parent == .bounds && ancestor(2)?.stepKind != nil && ancestor(3) == .steps
        case .isSingleResponse, .returnStepType: return isInStep
        case .script: return parent == .scriptlet && ancestor(2)?.stepKind != nil && ancestor(3) == .steps
        case .groupId, .artifactId, .version, .actionName: return parent == .plugin && ancestors.count == 2
        default: return false
        }
    }

    /// Keeps an element's text where it belongs.
    func set(_ kind: PackElement, parent: PackElement?, _ text: String) {
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
            if let last = openSteps.indices.last { openSteps[last].called = id } else { document.softCopyOf = id }
        case .startSteps:
            if let last = openSteps.indices.last { openSteps[last].startSteps.append(trimmed(text)) }
        case .scriptlet:
            if let last = openSteps.indices.last { openSteps[last].hasScriptlet = !trimmed(text).isEmpty }
        default:
            if kind == .startSteps {
                let id = trimmed(text)
                document.startStep = id.isEmpty ? nil : id
            } else if let last = openSteps.indices.last {
                switch kind {
                case .name: openSteps[last].name = trimmed(text)
                case .returnStepType: openSteps[last].returnType = trimmed(text)
                default: openSteps[last].isSingleResponse = trimmed(text) == "true"
                }
            }
        }
    }

    private func setBinding(_ kind: PackElement, _ text: String) {
        switch kind {
        case .inputSymbol: binding?.name = trimmed(text)
        case .inputType: binding?.type = trimmed(text)
        case .required: binding?.isRequired = trimmed(text) == "true"
        case .value: binding?.value = FlowValue(text)
        case .assignFromContext: bindingUses.from = trimmed(text) == "true"
        case .assignToContext: bindingUses.to = trimmed(text) == "true"
        case .fromContextKey: binding?.fromVariable = trimmed(text)
        default: binding?.toVariable = trimmed(text)
        }
    }

    private func setResponse(_ kind: PackElement, _ text: String) {
        guard let last = document.responses.indices.last else { return }
        switch kind {
        case .name: document.responses[last].name = text
        case .type: document.responses[last].type = text
        default: document.responses[last].isDefault = text == "true"
        }
    }

    private func setTransition(_ kind: PackElement, _ text: String) {
        switch kind {
        case .name: transition?.name = text
        case .responseSymbol: transition?.response = text
        default: transition?.destination = text
        }
    }

    private func setAssignment(_ kind: PackElement, _ text: String) {
        switch kind {
        case .action: assignment?.appends = text == "APPEND"
        case .assignmentTargetType: assignment?.isOutput = text == "FLOW_OUTPUT_FIELD"
        default: assignment?.target = text
        }
    }

    private func setExpression(_ kind: PackElement, _ text: String) {
        switch kind {
        case .name: expression?.name = text
        case .fieldName: expression?.field = text
        default: expression?.source = text
        }
    }

    private func setPlugin(_ kind: PackElement, _ text: String) {
        var plugin = document.plugin ?? FlowPlugin(groupID: "", artifactID: "", version: "", actionName: "")
        switch kind {
        case .groupId: plugin.groupID = text
        case .artifactId: plugin.artifactID = text
        case .version: plugin.version = text
        default: plugin.actionName = text
        }
        document.plugin = plugin
    }

    private func setBounds(_ kind: PackElement, _ text: String) {
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

    /// Puts what ended where it belongs.
    func close(_ kind: PackElement, parent: PackElement?) {
        switch kind {
        case _ where kind.isBinding:
            guard let binding = finishedBinding() else { return }
            if parent == .bindings, let last = openSteps.indices.last {
                openSteps[last].bindings.append(binding)
            } else {
                document.inputs.append(binding)
            }
        case .transition:
            if let transition, let last = openSteps.indices.last { openSteps[last].transitions.append(transition) }
            transition = nil
        case .expression:
            guard let expression else { return }
            self.expression = nil
            if parent == .flowVariableAssignment {
                assignment?.expression = expression
            } else {
                document.outputs.append(expression)
            }
        case .flowVariableAssignment:
            if let assignment, let last = openSteps.indices.last { openSteps[last].assignments.append(assignment) }
            assignment = nil
        case _ where kind.stepKind != nil && parent == .steps:
            guard let step = openSteps.popLast() else { return }
            if let last = openSteps.indices.last {
                openSteps[last].steps.append(step)
            } else {
                document.steps.append(step)
            }
        default: break
        }
    }

    /// A variable counts only where its flag says so; without a key it is the input's own name (section 4.1).
    private func finishedBinding() -> FlowBinding? {
        guard var binding else { return nil }
        self.binding = nil
        let own = { (key: String?) -> String in key?.isEmpty == false ? key ?? "" : binding.name }
        binding.fromVariable = bindingUses.from ? own(binding.fromVariable) : nil
        binding.toVariable = bindingUses.to ? own(binding.toVariable) : nil
        return binding
    }
}
