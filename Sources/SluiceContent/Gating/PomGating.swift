/// Adds the gate pack to a `pom.xml`'s dependencies, and takes it out again (oo-content-pack.md section 1.2).
///
/// What is added has a space in its start tag, `<dependency >`, and two when it is the whole `<dependencies  >`, so
/// that what a person wrote is never taken out.
enum PomGating {
    private static let name = "Sluice Gate"
    private static let range = "[1.0.0,)"

    /// The pom with the dependency; nil when it has one.
    static func gate(_ bytes: [UInt8], file: String, limits: ContentLimits) throws(ContentError) -> [UInt8]? {
        let spans = try XMLSpans(bytes, file: file, limits: limits)
        let layout = XMLLayout(spans)
        guard spans.isNamed("project", 0) else {
            throw ContentError("pack-pom", "is no project: its root is not <project>", file: file, line: 1)
        }
        var edits = XMLEdits()
        guard let dependencies = spans.child("dependencies", of: 0) else {
            var all = XMLFragment(["<dependencies  >"])
            all.add(1, dependency)
            all.add(0, "</dependencies>")
            edits.append([all], to: 0, in: spans, layout: layout)
            return try edits.applied(to: bytes, file: file)
        }
        let isThere = spans.children(of: dependencies).contains { child in
            spans.child("artifactId", of: child).map { spans.text(of: $0).text } == name
        }
        guard !isThere else { return nil }
        edits.append([dependency], to: dependencies, in: spans, layout: layout)
        return try edits.applied(to: bytes, file: file)
    }

    /// The pom without what `gate` added; nil when that is not there.
    static func ungate(_ bytes: [UInt8], file: String, limits: ContentLimits) throws(ContentError) -> [UInt8]? {
        let spans = try XMLSpans(bytes, file: file, limits: limits)
        guard let dependencies = spans.child("dependencies", of: 0) else { return nil }
        let isOurs = { (index: Int) in spans.bytes[spans.elements[index].startTag].dropLast().last == 0x20 }
        let ours = spans.children(of: dependencies).filter { child in
            isOurs(child) && spans.child("artifactId", of: child).map { spans.text(of: $0).text } == name
        }
        guard !ours.isEmpty else { return nil }
        var edits = XMLEdits()
        // Two spaces: `<dependencies />`, opened, has one.
        let isMade = spans.bytes[spans.elements[dependencies].startTag].suffix(3).elementsEqual("  >".utf8)
        if isMade, spans.children(of: dependencies).count == ours.count {
            edits.removeChildren([dependencies], of: 0, in: spans)
        } else {
            edits.removeChildren(ours, of: dependencies, in: spans)
        }
        return try edits.applied(to: bytes, file: file)
    }

    private static let dependency: XMLFragment = {
        var fragment = XMLFragment(["<dependency >"])
        fragment.add(
            1, "<groupId>DEFAULT</groupId>", "<artifactId>\(name)</artifactId>", "<version>\(range)</version>")
        fragment.add(0, "</dependency>")
        return fragment
    }()
}
