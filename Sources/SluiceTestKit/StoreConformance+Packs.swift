import SluiceModel
import SluicePorts

extension StoreConformance {
    private static func revision(_ name: String, _ number: Int, version: String? = "1.0") -> PackRevision {
        PackRevision(
            name: name, version: version, number: number, digest: number == 1 ? nil : "d\(number)",
            loadedAt: .after(Int64(number)), by: Principal(number == 2 ? "bob" : "ann"),
            flows: [
                KnownFlow(
                    id: .fixture, name: "Flow \(number)", path: "Library/Flow", contentPack: name, isGated: true,
                    inputs: [
                        KnownInput(name: "a", isRequired: true, isEncrypted: false),
                        KnownInput(name: "b", isRequired: false, isEncrypted: true),
                        KnownInput(
                            name: "c", isRequired: true, isEncrypted: true,
                            reading: .init(type: "ENCRYPTED", listDelimiter: ";")),
                        KnownInput(name: "d", isRequired: false, isEncrypted: false, reading: .init(isTaken: false)),
                    ])
            ])
    }

    /// Content packs and their history.
    static let packChecks: [Check] = [
        Check("packs are kept with their history") { store in
            try requireEqual(try await store.packs(), [], "none")
            try requireEqual(try await store.packNumbers(), [:], "no numbers")
            let empty = PackRevision(
                name: "A", version: nil, number: 1, digest: nil, loadedAt: start, by: .fixture, flows: [])
            try await store.commit(.recordPack(revision("B", 1)), .recordPack(empty))
            try await store.commit(.recordPack(revision("B", 2, version: nil)))
            try await store.commit(.recordPack(revision("B", 3)))
            try requireEqual(try await store.packs(), [empty, revision("B", 3)], "the newest of each, by name")
            try requireEqual(try await store.packNumbers(), ["A": 1, "B": 3], "their numbers")
            try requireEqual(try await store.packs().last?.flows.first?.packRevision, 3, "a flow names its revision")
            let history = try await store.packHistory("B", limit: 10)
            try requireEqual(
                history, [revision("B", 3), revision("B", 2, version: nil), revision("B", 1)], "newest first")
            try requireEqual(try await store.packHistory("B", limit: 1), [revision("B", 3)], "cut")
            try requireEqual(try await store.packHistory("B", limit: 0), [], "limit 0")
            try requireEqual(try await store.packHistory("C", limit: 10), [], "an unknown pack")
            try requireEqual(
                try await store.packHistory("B", by: Principal("bob"), limit: 10), [revision("B", 2, version: nil)],
                "those of one principal")
            try requireEqual(try await store.packHistory("A", by: Principal("bob"), limit: 10), [], "of nobody")
            let events = try await store.events(of: nil, after: 0, limit: 10)
            try requireEqual(events.map(\.kind), Array(repeating: PackRevision.eventKind, count: 4), "events")
            try requireEqual(events.last?.cause, "content pack B, revision 3, version 1.0: 1 flows", "what it says")
        },
        Check("a pack's revisions are numbered without gaps, and a refused one leaves nothing") { store in
            try await requireRefusal(.conflict, "not from 1", store, [.recordPack(revision("B", 2))])
            try await store.commit(.recordPack(revision("B", 1)))
            try await requireRefusal(.conflict, "twice", store, [.recordPack(revision("B", 1))])
            try await requireRefusal(.conflict, "a gap", store, [.recordPack(revision("B", 3))])
            try await requireRefusal(
                .conflict, "a later change fails", store,
                [.recordPack(revision("B", 2)), .recordPack(revision("C", 1)), .recordPack(revision("B", 2))])
            try requireEqual(try await store.packs(), [revision("B", 1)], "what is left")
            try requireEqual(try await store.events(of: nil, after: 0, limit: 10).count, 1, "events")
        },
    ]
}
