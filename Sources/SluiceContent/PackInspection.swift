import SluiceModel

/// Shows what a content pack holds; the JSON is read by other tools and versioned (design/interfaces.md).
public enum PackInspection {
    /// Version of the JSON's shape.
    public static let format = 1
    /// Responses of a flow that the summary names; real flows have up to a dozen.
    private static let shownResponseCountMax = 20
    /// Signature blocks that the text names; real packs have one.
    private static let shownSignatureCountMax = 5
    /// Characters that the text shows of a description.
    private static let shownTextCountMax = 100

    /// One JSON object without a newline at its end; keys always stand in the same order.
    public static func json(_ pack: ContentPack) -> String {
        var json = JSONText()
        json.object { json in
            json.member("format", Int64(format))
            json.key("pack")
            json.object { json in
                json.member("name", pack.name)
                json.member("version", pack.version)
                json.member("uuid", pack.uuid)
                json.member("publisher", pack.publisher)
                json.member("description", pack.description)
            }
            json.key("flows")
            json.array(pack.flows) { json, flow in append(flow, to: &json) }
            json.key("items")
            json.array(pack.items) { json, item in
                json.object { json in
                    json.member("kind", item.kind)
                    json.member("id", item.id)
                    json.member("name", item.name)
                    json.member("path", item.path)
                }
            }
            json.key("dependencies")
            json.array(pack.dependencies) { json, dependency in
                json.object { json in
                    json.member("groupId", dependency.groupID)
                    json.member("artifactId", dependency.artifactID)
                    json.member("version", dependency.version)
                }
            }
            // Only where there are some: most packs have none, and their shape stays as it was.
            if !pack.libraries.isEmpty {
                json.key("libraries")
                json.array(pack.libraries) { json, library in json.object { $0.member("path", library.path) } }
            }
            if !pack.signatures.isEmpty {
                json.key("signatures")
                json.array(pack.signatures) { json, path in json.object { $0.member("path", path) } }
            }
            json.key("diagnostics")
            json.array(pack.diagnostics) { json, diagnostic in diagnostic.append(to: &json) }
        }
        return json.text
    }

    private static func append(_ flow: PackFlow, to json: inout JSONText) {
        json.object { json in
            json.member("id", flow.id)
            json.member("name", flow.name)
            json.member("path", flow.path)
            json.member("kind", flow.kind.rawValue)
            json.key("inputs")
            json.array(flow.inputs) { json, input in
                json.object { json in
                    json.member("name", input.name)
                    json.member("required", input.isRequired)
                    json.member("type", input.type)
                    json.member("binding", input.binding)
                }
            }
            json.key("responses")
            json.array(flow.responses) { json, response in
                json.object { json in
                    json.member("name", response.name)
                    json.member("type", response.type)
                }
            }
            json.member("steps", Int64(flow.counts.steps))
            json.member("returnSteps", Int64(flow.counts.returnSteps))
            json.member("transitions", Int64(flow.counts.transitions))
            json.key("references")
            json.array(flow.references) { json, reference in
                json.object { json in
                    json.member("id", reference.id)
                    json.member("resolved", reference.isResolved)
                    json.member("count", Int64(reference.count))
                }
            }
            json.member("gated", flow.isGated)
            guard let plugin = flow.plugin else { return }
            json.key("plugin")
            json.object { json in
                json.member("groupId", plugin.groupID)
                json.member("artifactId", plugin.artifactID)
                json.member("version", plugin.version)
                json.member("actionName", plugin.actionName)
            }
        }
    }

    /// A summary for people: identity, one line per flow and item, then the diagnostics. Lines end with a newline.
    public static func text(_ pack: ContentPack) -> String {
        let name = pack.name.map { shown($0) } ?? "without a name"
        var lines = ["pack \(name), version \(pack.version.map { shown($0) } ?? "unknown")"]
        if let uuid = pack.uuid { lines.append("uuid \(shown(uuid))") }
        if let publisher = pack.publisher, !publisher.isEmpty { lines.append("publisher \(shown(publisher))") }
        if let description = pack.description, !description.isEmpty {
            lines.append("description \(shown(description))")
        }
        if pack.isSigned {
            let names = pack.signatures.prefix(shownSignatureCountMax).map { shown($0) }.joined(separator: ", ")
            lines.append("signed by \(names): any change breaks the signature")
        }
        for dependency in pack.dependencies {
            lines.append("needs \(shown(dependency.artifactID)) \(shown(dependency.version))")
        }
        for kind in PackFlow.Kind.allCases {
            let flows = pack.flows.filter { $0.kind == kind }
            guard !flows.isEmpty else { continue }
            lines += ["", "\(kind.rawValue): \(flows.count)"]
            for flow in flows {
                lines += ["  \(shown(flow.id))  \(shown(flow.path))", "    " + summary(flow)]
                if let text = flow.description { lines.append("    " + oneLine(text)) }
            }
        }
        if !pack.folders.isEmpty { lines += ["", "folders with a description: \(pack.folders.count)"] }
        for folder in pack.folders { lines += ["  \(shown(folder.path))", "    " + oneLine(folder.description)] }
        if !pack.items.isEmpty { lines += ["", "configuration items: \(pack.items.count)"] }
        for item in pack.items { lines.append("  \(shown(item.kind))  \(shown(item.id))  \(shown(item.path))") }
        if !pack.libraries.isEmpty { lines += ["", "libraries: \(pack.libraries.count)"] }
        for library in pack.libraries { lines.append("  " + coordinates(library)) }
        if !pack.diagnostics.isEmpty { lines += ["", "remarks: \(pack.diagnostics.count)"] }
        lines += pack.diagnostics.map { "  " + shown($0.description, charactersMax: 1000) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func summary(_ flow: PackFlow) -> String {
        let outside = flow.references.filter { !$0.isResolved }.count
        var parts = [
            "\(flow.inputs.count) inputs", "\(flow.counts.steps) steps", "\(flow.references.count) references",
        ]
        if outside > 0 { parts.append("\(outside) of them outside the pack") }
        let names = flow.responses.prefix(shownResponseCountMax).map { shown($0.name) }.joined(separator: "/")
        let more = flow.responses.count - shownResponseCountMax
        parts.append("responses \(names)" + (more > 0 ? " and \(more) more" : ""))
        if let plugin = flow.plugin {
            parts.append("plugin \(shown([plugin.groupID, plugin.artifactID, plugin.version].joined(separator: ":")))")
        }
        if let group = flow.groupAlias { parts.append("runs on \(shown(group))") }
        if flow.isGated { parts.append("gated") }
        return parts.joined(separator: ", ")
    }

    private static func coordinates(_ library: PackLibrary) -> String {
        guard let group = library.groupID, let artifact = library.artifactID, let version = library.version else {
            return shown(library.path)
        }
        return "\(shown("\(group):\(artifact):\(version)"))  \(shown(library.path))"
    }

    /// The first words of a text that people wrote, which may have many lines and Studio's `<pre>`.
    private static func oneLine(_ text: String) -> String {
        // White space and marks go, so that more is looked at than is shown.
        let start = text.prefix(4 * shownTextCountMax).replacing("<pre>", with: " ").replacing("</pre>", with: " ")
        return shown(
            start.split(whereSeparator: \.isWhitespace).joined(separator: " "), charactersMax: shownTextCountMax)
    }
}

extension Diagnostic {
    /// The shape of a remark in both inspections.
    func append(to json: inout JSONText) {
        json.object { json in
            json.member("severity", severity.rawValue)
            json.member("code", code)
            json.member("message", message)
            json.member("file", file.isEmpty ? nil : file)
            json.member("line", line.map(Int64.init))
        }
    }
}
