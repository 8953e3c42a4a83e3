import SluiceJSON

/// Shows the journal of a maintenance as the API answers it.
struct JournalView {
    let object: JSONObject

    func add(to facts: inout Facts) {
        let counts = (object["counts"]?.object?.members ?? []).compactMap { member in
            member.value.number.flatMap { $0.text == "0" ? nil : "\($0.text) \(member.name)" }
        }
        facts.add("changes", counts.isEmpty ? nil : counts.joined(separator: ", "))
        let asking = object["asking"]?.number?.int ?? 0
        facts.add("to decide", asking == 0 ? nil : "\(asking) (sluice maintenance decide)")
        for trouble in object["troubles"]?.array ?? [] {
            let system = trouble["system"]?.string.map { "\($0): " } ?? ""
            facts.add("trouble", trouble["cause"]?.string.map { system + $0 })
        }
    }

    /// The conflicts that wait, the three values side by side.
    var lines: [String] { Self.conflicts(object["conflicts"]?.array ?? []) }

    static func conflicts(_ entries: [JSONValue]) -> [String] {
        let rows = entries.flatMap { entry in
            (entry["fields"]?.array ?? []).filter { $0["now"]?.string != nil }.map { field in
                [
                    entry["id"]?.string ?? "", entry["title"]?.string ?? "", field["name"]?.string ?? "",
                    field["before"]?.string ?? "", field["ours"]?.string ?? "", field["now"]?.string ?? "",
                ]
            }
        }
        let bare = entries.filter { entry in
            !(entry["fields"]?.array ?? []).contains { $0["now"]?.string != nil }
        }.map { entry in [entry["id"]?.string ?? "", entry["title"]?.string ?? "", "", "", "", entry.cause] }
        return MaintenanceView.table(["CONFLICT", "WHAT", "FIELD", "BEFORE", "OURS", "NOW"], rows + bare)
    }
}

extension JSONValue {
    fileprivate var cause: String { self["cause"]?.string ?? "" }
}
