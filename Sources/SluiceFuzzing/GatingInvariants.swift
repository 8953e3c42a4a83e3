import SluiceContent

/// What holds for every flow that can be gated: the gate comes out again byte for byte, and goes in only once.
enum GatingInvariants {
    static func check(_ bytes: [UInt8], path: String) throws(BrokenInvariant) {
        let gating = FlowGating(limits: .fuzzing)
        for isCalled in [false, true] {
            let outcome = gating.gate(bytes, path: path, file: "input") { .proposed(for: $0, isCalled: isCalled) }
            guard case .gated(let gated, _) = outcome else { continue }
            try require(
                gating.ungate(gated, path: path, file: "input") == .restored(bytes),
                "what was gated does not come out byte for byte")
            let again = gating.gate(gated, path: path, file: "input") { .proposed(for: $0, isCalled: isCalled) }
            try require(again == .alreadyGated, "what was gated can be gated once more")
        }
        // Whatever the bytes are, taking out must end with an answer; what it gives must have no gate of ours left.
        switch gating.ungate(bytes, path: path, file: "input") {
        case .restored(let rest), .removed(let rest):
            let next = gating.ungate(rest, path: path, file: "input")
            try require(next == .notGated || isRefused(next), "a gate of ours was left behind")
        case .gated, .passAdded, .lacksPass, .alreadyGated, .notGated, .refused: break
        }
    }

    private static func isRefused(_ outcome: FlowGating.Outcome) -> Bool {
        if case .refused = outcome { true } else { false }
    }
}
