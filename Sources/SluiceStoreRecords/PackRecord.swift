package import FoundationEssentials
package import SluiceModel

/// The flows of a pack's revision as JSON, and back.
///
/// A field of a flow is only ever added, and then optional: older rows must stay readable.
package enum PackRecord {
    /// The JSON that is stored of the flows.
    package static func encode(_ flows: [KnownFlow]) throws -> Data { try JSONEncoder().encode(flows.map(Flow.init)) }

    /// Reads what `encode` wrote.
    package static func decode(_ json: Data) throws -> [KnownFlow] {
        try JSONDecoder().decode([Flow].self, from: json).map(\.knownFlow)
    }

    private struct Flow: Codable {
        var id: String
        var name: String
        var path: String
        var isGated: Bool
        var inputs: [Input]
        /// Only there when it is true.
        var readsIdentity: Bool?

        init(_ flow: KnownFlow) {
            id = flow.id.text
            name = flow.name
            path = flow.path
            isGated = flow.isGated
            inputs = flow.inputs.map(Input.init)
            readsIdentity = flow.readsIdentity ? true : nil
        }

        /// The pack and its revision are the row's.
        var knownFlow: KnownFlow {
            KnownFlow(
                id: FlowID(id), name: name, path: path, contentPack: "", isGated: isGated,
                inputs: inputs.map(\.knownInput), readsIdentity: readsIdentity ?? false)
        }
    }

    /// A declared input, here and in what a hold remembers of its flow; of the flags, what is nil is false.
    ///
    /// Without a `type` it was written before Sluice looked at how a value is read: nothing is known of that.
    struct Input: Codable {
        var name: String
        var isRequired: Bool?
        var isEncrypted: Bool?
        var type: String?
        var isIgnored: Bool?
        var listDelimiter: String?

        init(name: String) { self.name = name }

        init(_ input: KnownInput) {
            name = input.name
            isRequired = input.isRequired ? true : nil
            isEncrypted = input.isEncrypted ? true : nil
            type = input.reading?.type
            isIgnored = input.reading?.isTaken == false ? true : nil
            listDelimiter = input.reading?.listDelimiter
        }

        var knownInput: KnownInput {
            KnownInput(
                name: name, isRequired: isRequired ?? false, isEncrypted: isEncrypted ?? false,
                reading: type.map { type in
                    KnownInput.Reading(isTaken: isIgnored != true, type: type, listDelimiter: listDelimiter)
                })
        }
    }
}
