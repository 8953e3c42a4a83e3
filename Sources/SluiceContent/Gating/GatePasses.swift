/// The pass on its way to the gates of flows that a gated flow calls.
extension XMLEdits {
    /// Binds the pass into every step that calls one of these flows and does not hand it over.
    mutating func append(
        passTo ids: Set<String>, in spans: XMLSpans, layout: XMLLayout, _ fragments: inout GateFragments
    ) {
        for bindings in spans.callsWithoutPass(of: ids) {
            let pass = fragments.binding("sluicePass", .variable("sluicePass"), isSecret: true)
            append([pass], to: bindings, in: spans, layout: layout)
        }
    }
}

extension XMLSpans {
    /// The `bindings` of the steps, at any depth, that call one of these flows and do not hand it the pass.
    fileprivate func callsWithoutPass(of ids: Set<String>) -> [Int] {
        guard !ids.isEmpty else { return [] }
        return elements.indices.compactMap { step in
            guard isNamed("step", step), let called = child("opRef", of: step), let id = child("refId", of: called),
                ids.contains(text(of: id).text.lowercased()), let bindings = child("bindings", of: step)
            else { return nil }
            let hasPass = children(of: bindings).contains { binding in
                child("inputSymbol", of: binding).map { text(of: $0).text } == "sluicePass"
            }
            return hasPass ? nil : bindings
        }
    }

    /// The first mark among an element's children; nil when there is none.
    func firstMark(in parent: Int) -> GateMark? {
        children(of: parent).lazy.compactMap { id(of: $0).flatMap(GateMark.init) }.first
    }

    /// The highest number of a part with this mark; 0 when there is none.
    func lastPart(of mark: GateMark) -> Int {
        elements.indices.reduce(0) { last, index in
            guard let id = id(of: index), GateMark(id) == mark else { return last }
            return max(last, GateMark.part(of: id) ?? 0)
        }
    }
}
