/// What Quartz's XML schema 2.0 has against the attributes of an element.
///
/// It declares one, `version` of the root. Beside that, XML Schema 1.0 allows those of its own namespace: hints where
/// a schema lies anywhere, `nil` only where declared so, and `type` with the name of a type (part 1, sections 2.6 and
/// 3.3.4).
enum QuartzAttributes {
    private static let instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
    /// The schema's types, and the built-in ones that may stand for them.
    private static let types: Set<String> = [
        "pre-processing-commandsType", "processing-directivesType", "job-detailType", "job-data-mapType", "entryType",
        "triggerType", "abstractTriggerType", "simpleTriggerType", "cronTriggerType", "calendarIntervalTriggerType",
        "cron-expressionType", "repeat-countType", "simple-trigger-misfire-instructionType",
        "cron-trigger-misfire-instructionType", "date-interval-trigger-misfire-instructionType", "interval-unitType",
        "anyType", "anySimpleType", "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN",
        "ID",
        "IDREF", "ENTITY", "boolean", "dateTime", "integer", "nonNegativeInteger", "positiveInteger", "unsignedLong",
        "unsignedInt", "unsignedShort", "unsignedByte", "long", "int", "short", "byte", "negativeInteger",
        "nonPositiveInteger",
    ]

    /// The first breach, and whether there is one that only a whole schema processor could tell.
    static func fault(_ element: XMLStartElement, isRoot: Bool) -> (message: String?, isUnknown: Bool) {
        var isUnknown = false
        for attribute in element.allAttributes {
            let name = "the attribute \(shown(attribute.qualifiedName)) of <\(shown(element.name))>"
            guard attribute.namespace == instanceNamespace else {
                if isRoot, attribute.namespace == nil, attribute.name == "version" { continue }
                return ("\(name) is not allowed", isUnknown)
            }
            switch attribute.name {
            case "noNamespaceSchemaLocation": break
            case "schemaLocation":
                guard let value = attribute.value else {
                    isUnknown = true
                    continue
                }
                if value.split(whereSeparator: { " \t\r\n".contains($0) }).count % 2 != 0 {
                    return ("\(name) must hold pairs of a namespace and a place", isUnknown)
                }
            case "type":
                let local = attribute.value.map { trimmed($0) }?.split(separator: ":").last.map(String.init) ?? ""
                guard types.contains(local) else { return ("\(name) names no type that the schema has", isUnknown) }
                isUnknown = true
            default: return ("\(name) is not allowed", isUnknown)
            }
        }
        return (nil, isUnknown)
    }
}
