/// The elements of OO 10 documents that a reader knows, by name (oo-content-pack.md sections 2 to 5).
///
/// Others are passed over and listed; every text stays in the document when it is rewritten.
enum PackElement: String, CaseIterable {
    // Documents.
    case flow, operation, systemProperty, identity, domainTerm, selectionList, groupAlias, roleAlias, category
    case scriptletEvaluator, regexEvaluator, containsEvaluator, compare, referenceEvaluator, root
    // Heads.
    case annotation, name, categories, descriptionCdata, iconSpec, baseIcon, basePath, readOnly, layers, layer
    case checkPointFlow, compatibleRuntimeContext, historyCheckPointFlow, resultExpression
    case availableResultExpressions, storage, domainTermValue, string, token, script, scriptRef, hidden
    // Inputs.
    case inputs, bindings, staticBinding, userInputBinding, identityBinding, resultBinding
    case loggedUserIdentityBinding, contextBinding
    case inputSymbol, inputType, required, value, assignFromContext, fromContextKey, assignToContext, toContextKey
    case isList, listDelimiter, isPersisted, record, recordKey, recordName, prompt, isMultiSelect, sourceDelimiter
    case link, dynPickListKey, validationFormat, identityAttribute, contextPath
    // Responses.
    case possibleResponses, opResponse, isDefault, onFailure, type, matchRules
    // Steps.
    case steps, startSteps, step, returnStep, endBranchStep, parallelMultiStep, multiInstanceStep
    case callouts, callout, text, bounds, x, y, width, height, hideInbound
    case addResultToRunContext, isCriticalStep, isNonBlocking, isParallelStep, isSingleResponse, recordInHistory
    case recordRawOutput, recordPrimaryOutput, checkPointStep, historyCheckPointStep, scriptResultStep
    case userPrompt, properties, entry, key, modelValue, doubleValue, stringValue, encrypted, scriptlet
    case opRef, refId, refName, throttleSize, returnStepType, lanes, parallelLane, parallelSteps, parallelStartStep
    case doneResponse
    // Transitions.
    case transitions, transition, command, linkMode, responseSymbol, shouldHandoff, transitionValue, destination
    case source, positions, point, labelPosition, requiredRoleAlias
    // Results.
    case assignments, flowVariableAssignment, action, assignmentTargetType, contextKey, expression, fieldName
    case sourceType, filters
    // Operations.
    case plugin, groupId, artifactId, version, actionName, fieldValues, groupAliasRef, overrideGroupAlias

    /// Names that OO's own schema has and the graph does not need; those of filters' insides are not looked at.
    static let otherNames: Set<String> = [
        "boolean", "entireString", "evaluatorRef", "ignoreCase", "int", "matchType", "modifiedTimestamp", "multiLine",
        "regType", "resultContextKey", "viewAttributes",
    ]

    /// The element of a name, given with its hash; nil when there is none.
    ///
    /// - Parameter name: UTF-8, ended by NUL.
    static func named(_ name: UnsafePointer<UInt8>, hash: UInt64) -> PackElement? {
        guard let element = byHash[hash] else { return nil }
        var place = 0
        for byte in element.rawValue.utf8 {
            guard name[place] == byte else { return nil }
            place += 1
        }
        return name[place] == 0 ? element : nil
    }

    /// Hashes of all names differ, else the program does not start: they are constants.
    private static let byHash = Dictionary(
        uniqueKeysWithValues: allCases.map { (XMLNameSequence.hash($0.rawValue.utf8), $0) })

    /// What kind of step the element is; nil when it is none.
    var stepKind: FlowStep.Kind? {
        switch self {
        case .step: .step
        case .returnStep: .returnStep
        case .endBranchStep: .endBranchStep
        case .parallelMultiStep: .parallelMultiStep
        case .multiInstanceStep: .multiInstanceStep
        default: nil
        }
    }

    /// Whether it is one of the ways to give an input its value.
    var isBinding: Bool {
        switch self {
        case .staticBinding, .userInputBinding, .identityBinding, .resultBinding, .loggedUserIdentityBinding,
            .contextBinding:
            true
        default: false
        }
    }
}
