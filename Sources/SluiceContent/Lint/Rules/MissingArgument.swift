import SluiceModel

/// A CloudSlang step leaves out an input that its callee requires.
struct MissingArgument: LintRule {
    let code = "OO405"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step does not give an input that its callee requires."
    let fix = "Add the argument to the step's do, or give the input a default."

    func findings(in context: LintContext) -> [LintFinding] {
        context.cloudSlangCalls.flatMap { call in
            let given = Set(call.step.bindings.filter(isGiven).map(\.name))
            return call.callee.inputs.filter { isMandatory($0) && !given.contains($0.name) }.map { input in
                finding(
                    "the step '\(shown(call.step.name))' does not give the input '\(shown(input.name))', which "
                        + "\(shown(call.callee.id)) requires",
                    in: call.subject, line: call.step.line)
            }
        }
    }

    /// cloud-slang, `InputUtils.isMandatory`.
    private func isMandatory(_ input: FlowBinding) -> Bool {
        input.kind != "private" && input.isRequired && input.prompt == nil && (input.value?.exposed ?? "").isEmpty
    }

    /// cloud-slang, `ArgumentUtils.isDefined`: a name alone stands for the variable of that name.
    private func isGiven(_ argument: FlowBinding) -> Bool {
        argument.fromVariable != nil || argument.prompt != nil || !(argument.value?.exposed ?? "").isEmpty
    }
}
