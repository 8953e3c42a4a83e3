import ArgumentParser
import SluiceModel

/// `--flow-key` and `--flow-of`: which flow a job launches, without a configuration.
struct FlowRuleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Key of the jobs' data whose value is the flow; may be repeated.", valueName: "key"))
    var flowKey: [String] = []

    @Option(
        help: ArgumentHelp(
            "Jobs by a pattern over their names and their flow, such as 'oo.*=UUID'; $1 is what the first star stands "
                + "for; may be repeated.", valueName: "glob=flow"))
    var flowOf: [FlowOfArgument] = []

    /// Keys first, then patterns.
    var rules: [JobFlowRule] { flowKey.map { .dataKey($0) } + flowOf.map(\.rule) }
}

/// `GLOB=FLOW`.
struct FlowOfArgument: ExpressibleByArgument {
    let rule: JobFlowRule

    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "="), let pattern = JobNamePattern(String(argument[..<equals])),
            case let flow = String(argument[argument.index(after: equals)...]), IdentifierLimits.allows(flow)
        else { return nil }
        rule = .name(pattern, flow: flow)
    }
}
