/// Which elements begin and end a part of the graph, and whose text is wanted, by where they stand.
extension FlowDocumentBuilder {
    /// The element that `depth` levels above the current one stands; 1 is its parent.
    private func ancestor(_ depth: Int) -> PackElement? {
        ancestors.count >= depth ? ancestors[ancestors.count - depth] : nil
    }

    /// Whether the current element's parent is a step of the graph, and not the reference to one in a callout.
    private var isInStep: Bool { ancestor(1)?.stepKind != nil && ancestor(2) == .steps }

    /// Whether the current element's parent is the part that is open at a depth, and not one inside it.
    private func isIn(_ depth: Int) -> Bool { ancestors.count == depth + 1 }

    private func isIn(_ part: PackElement, _ parent: PackElement?, _ depth: Int) -> Bool {
        parent == part && isIn(depth)
    }

    /// Begins what the element begins; answers whether its text is wanted.
    mutating func open(
        _ kind: PackElement, parent: PackElement?, _ element: XMLStartElement
    ) throws(ContentError) -> Bool {
        switch kind {
        case _ where kind.stepKind != nil && parent == .steps:
            guard let stepKind = kind.stepKind else { return false }
            try countPart(element)
            openSteps.append(FlowStep(id: element.attribute("id") ?? "", name: "", kind: stepKind, line: element.line))
        case _ where kind.isBinding:
            try openBinding(kind, parent: parent, element)
        case .opResponse where parent == .possibleResponses && ancestors.count == 2:
            document.responses.append(FlowResponse(name: "", type: "", line: element.line))
            try check(document.responses.count, "responses", element)
        case .transition where parent == .transitions && transition == nil:
            try countPart(element)
            transition = FlowTransition(response: "", name: "", destination: "", line: element.line)
            transitionDepth = ancestors.count
        case .flowVariableAssignment where parent == .assignments && assignment == nil:
            try countPart(element)
            assignment = FlowAssignment(target: "", isOutput: false, expression: FlowExpression(name: "", field: ""))
            assignmentDepth = ancestors.count
        case .expression where isExpression(parent):
            try countPart(element)
            expression = FlowExpression(name: "", field: "")
            expressionDepth = ancestors.count
        default: return try wantsText(kind, parent: parent, element)
        }
        return false
    }

    private mutating func openBinding(
        _ kind: PackElement, parent: PackElement?, _ element: XMLStartElement
    ) throws(ContentError) {
        let isInput = parent == .inputs && ancestors.count == 2
        let isHandedOn = parent == .bindings && ancestor(2)?.stepKind != nil && !openSteps.isEmpty
        guard binding == nil, isInput || isHandedOn else { return }
        try countPart(element)
        let count = openSteps.indices.last.map { openSteps[$0].bindings.count } ?? document.inputs.count
        try check(count + 1, "inputs", element)
        binding = FlowBinding(name: "", kind: kind.rawValue, type: "", line: element.line)
        bindingID = isInput || (hasTexts && detail == .steps) ? element.attribute("id") ?? "" : ""
        bindingDepth = ancestors.count
        bindingUses = (false, false, false)
    }

    /// Whether an expression begins a result or an output here; the rules of responses and filters have some, too.
    private func isExpression(_ parent: PackElement?) -> Bool {
        guard expression == nil, detail != .outline else { return false }
        if parent == .flowVariableAssignment { return assignment != nil && isIn(assignmentDepth) }
        return parent == .availableResultExpressions && ancestors.count == 2
    }

    /// Keeps a filter's name where an expression is open; called for every child of a `filters`.
    mutating func addFilter(_ element: XMLStartElement) throws(ContentError) {
        guard expression != nil, ancestors.count == expressionDepth + 2 else { return }
        try countPart(element)
        expression?.filters.append(element.name)
    }

    private mutating func wantsText(
        _ kind: PackElement, parent: PackElement?, _ element: XMLStartElement
    ) throws(ContentError) -> Bool {
        if detail == .outline, !isInOutline(kind) { return false }
        switch kind {
        case .descriptionCdata: return ancestors.count == 1
        case .startSteps:
            guard ancestors.count == 1 else { return false }
            document.startStepLine = element.line
            return true
        case .refId:
            if parent == .opRef { openedLine = element.line }
            guard parent == .startSteps else {
                return parent == .opRef || (parent == .destination && ancestors.count == transitionDepth + 2)
                    || (parent == .groupAliasRef && ancestors.count == 2)
            }
            try countPart(element)
            return true
        case .inputSymbol, .inputType, .required, .value, .assignFromContext, .fromContextKey, .assignToContext,
            .toContextKey, .isList, .listDelimiter:
            return binding != nil && isIn(bindingDepth)
        case .name:
            return isInStep || isIn(.transition, parent, transitionDepth) || parent == .opResponse
                || isIn(.expression, parent, expressionDepth)
        case .type, .isDefault: return parent == .opResponse
        case .responseSymbol: return isIn(.transition, parent, transitionDepth)
        case .action, .assignmentTargetType, .contextKey, .encrypted:
            return isIn(.flowVariableAssignment, parent, assignmentDepth)
        case .fieldName, .sourceType: return isIn(.expression, parent, expressionDepth)
        case .x, .y, .width, .height:
            return parent == .bounds && ancestor(2)?.stepKind != nil && ancestor(3) == .steps
        case .isSingleResponse, .isNonBlocking, .returnStepType: return isInStep
        case .script: return parent == .scriptlet && ancestor(2)?.stepKind != nil && ancestor(3) == .steps
        case .refName: return parent == .groupAliasRef && ancestors.count == 2
        case .groupId, .artifactId, .version, .actionName: return parent == .plugin && ancestors.count == 2
        default: return false
        }
    }

    /// Whether an outline keeps such an element's text; it keeps inputs of the document whole.
    private func isInOutline(_ kind: PackElement) -> Bool {
        switch kind {
        case .inputType, .required, .value, .assignFromContext, .fromContextKey, .isList, .listDelimiter:
            openSteps.isEmpty
        case .descriptionCdata, .x, .y, .width, .height, .script, .action, .assignmentTargetType, .encrypted,
            .isNonBlocking:
            false
        default: true
        }
    }

    /// Puts what ended where it belongs.
    mutating func close(_ kind: PackElement, parent: PackElement?) {
        switch kind {
        case _ where kind.isBinding && ancestors.count == bindingDepth:
            guard let binding = finishedBinding() else { return }
            if parent == .bindings, let last = openSteps.indices.last {
                guard detail != .outline || binding.toVariable != nil else { return }
                openSteps[last].bindings.append(binding)
            } else {
                document.inputs.append(binding)
                inputIDs.append(bindingID)
            }
        case .transition where ancestors.count == transitionDepth:
            if let transition, let last = openSteps.indices.last { openSteps[last].transitions.append(transition) }
            transition = nil
        case .expression where ancestors.count == expressionDepth:
            guard let expression else { return }
            self.expression = nil
            if parent == .flowVariableAssignment {
                assignment?.expression = expression
            } else {
                document.outputs.append(expression)
            }
        case .flowVariableAssignment where ancestors.count == assignmentDepth:
            if let assignment, let last = openSteps.indices.last { openSteps[last].assignments.append(assignment) }
            assignment = nil
        case _ where kind.stepKind != nil && parent == .steps:
            guard var step = openSteps.popLast() else { return }
            addText(to: &step)
            if let last = openSteps.indices.last {
                openSteps[last].steps.append(step)
            } else {
                document.steps.append(step)
            }
        default: break
        }
    }

    /// A variable counts only where its flag says so; without a key it is the input's own name (section 4.1).
    private mutating func finishedBinding() -> FlowBinding? {
        guard var binding else { return nil }
        self.binding = nil
        let own = { (key: String?) -> String in key?.isEmpty == false ? key ?? "" : binding.name }
        binding.fromVariable = bindingUses.from ? own(binding.fromVariable) : nil
        binding.toVariable = bindingUses.to ? own(binding.toVariable) : nil
        addTexts(to: &binding, id: bindingID)
        binding.listDelimiter = bindingUses.list ? binding.listDelimiter ?? "," : nil
        return binding
    }
}
