import Yams

extension CloudSlangCompiler {
    /// A file of system properties (cloud-slang, `SlangCompilerImpl.extractProperties`).
    mutating func checkProperties(_ node: Node?) {
        guard let node else { return }
        guard let properties = node.sequence else {
            fail("properties", "`properties` is not a list; begin each property with `- `", node)
            return
        }
        var seen: Set<String> = []
        for property in properties {
            guard let pairs = property.mapping, pairs.count == 1, let (key, value) = pairs.first(where: { _ in true })
            else {
                fail("properties", "a property is not `- name: value`; write one name for each `- `", property)
                continue
            }
            guard key.isText, let name = key.scalar?.string else {
                fail("properties", "a property's name is not a text; put it in quotes", key)
                continue
            }
            checkName(name, as: .namespace, key)
            checkUnique(name, among: &seen, "property", key)
            guard value.mapping != nil else { continue }
            checkKeys(value, allowed: ["value", "sensitive"], of: "property \(shown(name))", isValue: true)
            if let isSensitive = value["sensitive"], !isSensitive.isTruthValue {
                fail(
                    "value", "`sensitive` of property \(shown(name)) is not true or false; write one of them",
                    isSensitive)
            }
        }
    }
}
