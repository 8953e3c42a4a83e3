internal import FoundationEssentials
internal import GRDB
internal import SluiceModel

/// A row of `packs` as a revision, and back.
///
/// A field of a flow is only ever added, and then optional: older rows must stay readable.
enum PackRecord {
    static let columns = "name, number, version, digest, loaded_at, by, flows"

    /// Argument: none.
    static let newestQuery = """
        SELECT \(columns) FROM packs AS one
        WHERE number = (SELECT max(number) FROM packs AS other WHERE other.name = one.name)
        """

    /// Arguments: name, principal or nil, the same again, limit.
    static let historyQuery = """
        SELECT \(columns) FROM packs WHERE name = ? AND (? IS NULL OR by = ?) ORDER BY number DESC LIMIT ?
        """

    /// Reads a row of `columns`.
    static func revision(_ row: Row) throws -> PackRevision {
        let flows: Data = row[6]
        return PackRevision(
            name: row[0], version: row[2], number: row[1], digest: row[3], loadedAt: Timestamp(milliseconds: row[4]),
            by: Principal(row[5]), flows: try JSONDecoder().decode([Flow].self, from: flows).map(\.knownFlow))
    }

    /// The JSON that is stored of the flows.
    static func encode(_ flows: [KnownFlow]) throws -> Data { try JSONEncoder().encode(flows.map(Flow.init)) }

    private struct Flow: Codable {
        var id: String
        var name: String
        var path: String
        var isGated: Bool
        var inputs: [Input]

        init(_ flow: KnownFlow) {
            id = flow.id.text
            name = flow.name
            path = flow.path
            isGated = flow.isGated
            inputs = flow.inputs.map(Input.init)
        }

        /// The pack and its revision are the row's.
        var knownFlow: KnownFlow {
            KnownFlow(
                id: FlowID(id), name: name, path: path, contentPack: "", isGated: isGated,
                inputs: inputs.map(\.knownInput))
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
