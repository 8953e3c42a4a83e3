import SluiceModel

/// Flows that call each other in a circle.
struct CircularCalls: LintRule {
    let code = "OO404"
    let severity = Diagnostic.Severity.warning
    let summary = "Flows call each other in a circle."
    let fix = "Make sure that the circle ends; a loop of steps within one flow is easier to follow."

    /// Names shown of one circle.
    private static let nameCountMax = 8

    func findings(in context: LintContext) -> [LintFinding] {
        circles(context.calls).map { circle in
            let subjects = circle.map { context.subjects[$0] }
            let names = subjects.prefix(Self.nameCountMax).map { "'\(shown($0.document.name))'" }
            let rest = circle.count > names.count ? " and \(circle.count - names.count) more" : ""
            let message =
                circle.count == 1
                ? "the flow \(names[0]) calls itself"
                : "flows call each other in a circle: " + names.joined(separator: ", ") + rest
            return finding(message, in: subjects[0], line: subjects[0].document.line)
        }
    }
}
