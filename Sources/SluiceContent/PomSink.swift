/// Collects the dependencies that a `pom.xml` declares for the project itself.
///
/// Only `project/dependencies/dependency` counts: managed, plugin and profile dependencies are maven's own business.
final class PomSink: XMLEventSink {
    private(set) var dependencies: [PackDependency] = []
    private let file: String
    private let partCountMax: Int
    private var ancestors: [String] = []

    init(file: String, partCountMax: Int) {
        self.file = file
        self.partCountMax = partCountMax
    }

    func startElement(_ element: XMLStartElement) throws(ContentError) -> Bool {
        let name = element.name
        defer { ancestors.append(name) }
        guard ancestors.starts(with: ["project", "dependencies"]) else { return false }
        if ancestors.count == 2, name == "dependency" {
            guard dependencies.count < partCountMax else {
                throw ContentError(
                    "pack-too-many-parts", "the pom has more than \(partCountMax) dependencies", file: file,
                    line: element.line, column: element.column)
            }
            dependencies.append(PackDependency(groupID: "", artifactID: "", version: ""))
        }
        return ancestors.count == 3 && ancestors[2] == "dependency"
            && (name == "groupId" || name == "artifactId" || name == "version")
    }

    func endElement(text: String?) {
        let name = ancestors.removeLast()
        guard let text else { return }
        let value = trimmed(text)
        switch name {
        case "groupId": dependencies[dependencies.count - 1].groupID = value
        case "artifactId": dependencies[dependencies.count - 1].artifactID = value
        default: dependencies[dependencies.count - 1].version = value
        }
    }
}
