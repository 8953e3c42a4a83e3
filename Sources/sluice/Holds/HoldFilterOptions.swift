import ArgumentParser
import SluiceModel

/// Which holds: the filters of `holds list` and of orders over many.
struct HoldFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only in these states, separated by commas.", valueName: "states"))
    var state: StateList?

    @Option(help: "Only from this source.")
    var source: SourceArgument?

    @Option(help: ArgumentHelp("Only of this flow.", valueName: "id"))
    var flow: NameArgument?

    @Option(help: ArgumentHelp("Only with this ordering key.", valueName: "key"))
    var orderingKey: NameArgument?

    @Option(help: ArgumentHelp("Only with this coalesce key.", valueName: "key"))
    var coalesceKey: NameArgument?

    /// One or more states of a hold.
    struct StateList: ExpressibleByArgument {
        let states: [HoldState]

        init?(argument: String) {
            let words = argument.split(separator: ",", omittingEmptySubsequences: false)
            let states = words.compactMap { HoldState(rawValue: String($0)) }
            guard states.count == words.count else { return nil }
            self.states = states
        }
    }

    /// As the API takes them.
    var query: [(String, String?)] {
        [
            ("state", state.map { $0.states.map(\.rawValue).joined(separator: ",") }),
            ("source", source?.source.rawValue), ("flow", flow?.text), ("orderingKey", orderingKey?.text),
            ("coalesceKey", coalesceKey?.text),
        ]
    }

    /// Whether any is given.
    var isNarrowed: Bool { query.contains { $0.1 != nil } }
}
