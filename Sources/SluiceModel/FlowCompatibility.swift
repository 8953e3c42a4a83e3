/// Whether a launch that was asked of one revision of a flow still means the same of another. Total and pure.
public enum FlowCompatibility {
    /// What stands against launching a held request unseen; empty when nothing does.
    ///
    /// Nothing does when its flow was unknown as it was held, or when its caller launches it: the caller starts the
    /// flow itself or is an execution of it already, which a new revision does not touch.
    /// - Parameter flow: What is known of its flow now; nil: it is in none of the loaded packs.
    public static func incompatibilities(of request: LaunchRequest, to flow: KnownFlow?) -> [String] {
        guard request.launcher == .sluice, let memory = request.flowMemory else { return [] }
        return incompatibilities(giving: Set(request.inputs.map(\.name)), from: memory, to: flow)
    }

    /// What stands against launching it unseen, each as a sentence; empty when nothing does.
    ///
    /// Only what concerns this launch counts: an input that it does not give may come, go and change freely, unless
    /// whoever starts the flow must give it now and need not before. One that it gives must be read as before: not
    /// ignored where it was taken or the other way round, no other type, list or no list as before. An input that
    /// neither revision declares is left to Central, as ever.
    /// - Parameters:
    ///   - given: Names of the inputs that the launch gives.
    ///   - memory: What was known of the flow when the launch was held.
    ///   - flow: What is known of it now; nil: it is in none of the loaded packs.
    public static func incompatibilities(
        giving given: Set<String>, from memory: FlowMemory, to flow: KnownFlow?
    ) -> [String] {
        if memory.isGone { return [] }
        guard let flow else {
            return ["its flow is in none of the loaded content packs now; it was in \(memory.place)"]
        }
        var found: [String] = []
        if memory.isGated != flow.isGated {
            found.append(
                flow.isGated
                    ? "its flow asks the gate now and did not before" : "its flow does not ask the gate any more")
        }
        let present = byName(flow.inputs)
        let past = byName(memory.inputs)
        for input in memory.inputs where given.contains(input.name) {
            let wasIgnored = input.reading?.isTaken == false
            guard let now = present[input.name] else {
                // Left to Central before, too.
                if !wasIgnored {
                    found.append("the input \(input.name), which the launch gives, is no longer declared")
                }
                continue
            }
            if wasIgnored, now.reading?.isTaken == false { continue }
            found += now.changedReading(since: input).map { "the input \(input.name) is \($0)" }
        }
        for input in flow.inputs where input.isRequired && !given.contains(input.name) {
            if past[input.name]?.isRequired == true { continue }
            found.append("the input \(input.name) is required now, and the launch does not give it")
        }
        return found
    }

    private static func byName(_ inputs: [KnownInput]) -> [String: KnownInput] {
        Dictionary(inputs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
