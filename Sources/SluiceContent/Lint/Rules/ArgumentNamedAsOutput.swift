import SluiceModel

/// An argument of a CloudSlang step has the name of an output of what the step calls.
struct ArgumentNamedAsOutput: LintRule {
    let code = "OO406"
    let severity = Diagnostic.Severity.error
    let summary = "A CloudSlang step's argument is called like an output of its callee."
    let fix = "Rename the callee's input or output: CloudSlang refuses a step that has both."

    func findings(in context: LintContext) -> [LintFinding] {
        context.cloudSlangCalls.flatMap { call in
            // cloud-slang, `AbstractValidator.validateListsHaveMutuallyExclusiveNames`: case does not count.
            let outputs = Set(call.callee.outputs.map { $0.name.lowercased() })
            return call.step.bindings.filter { outputs.contains($0.name.lowercased()) }.map { argument in
                finding(
                    "the step '\(shown(call.step.name))' has an argument '\(shown(argument.name))', and so is an "
                        + "output of \(shown(call.callee.id)) called",
                    in: call.subject, line: argument.line)
            }
        }
    }
}
