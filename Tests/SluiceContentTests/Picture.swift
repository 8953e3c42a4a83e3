import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A drawn flow, read back by a parser that is not ours.
struct Picture {
    /// An element of the picture.
    struct Element {
        var name: String
        var attributes: [String: String]
        var text: String
        /// Texts of its children of these names; empty when there are none.
        var title: String
        var words: String

        fileprivate init(_ element: XMLElement) {
            name = element.name ?? ""
            attributes = [:]
            for attribute in element.attributes ?? [] { attributes[attribute.name ?? ""] = attribute.stringValue ?? "" }
            text = element.stringValue ?? ""
            title = element.elements(forName: "title").first?.stringValue ?? ""
            words = element.elements(forName: "desc").first?.stringValue ?? ""
        }
    }

    /// Every element in the order of the document, the root first.
    let elements: [Element]

    /// - Throws: When it is not well-formed.
    init(_ svg: String) throws {
        let document = try XMLDocument(data: Data(svg.utf8), options: [])
        var elements: [Element] = []
        var pending = [try #require(document.rootElement())]
        while let element = pending.popLast() {
            elements.append(Element(element))
            pending += (element.children ?? []).reversed().compactMap { $0 as? XMLElement }
        }
        self.elements = elements
    }

    var width: Double { elements.first?.attributes["width"].flatMap { Double($0) } ?? 0 }
    var height: Double { elements.first?.attributes["height"].flatMap { Double($0) } ?? 0 }

    /// The texts that are seen.
    var texts: [String] { elements.filter { $0.name == "text" }.map(\.text) }

    /// The steps and ends.
    var nodes: [Element] { groups { $0.hasPrefix("graphics-symbol") } }
    /// The containers.
    var boxes: [Element] { groups { $0.hasPrefix("graphics-object") } }
    /// What each arrow says: from, to and responses.
    var arrows: [String] { groups(where: \.isEmpty).map(\.title).filter { !$0.isEmpty } }

    private func groups(where isMeant: (String) -> Bool) -> [Element] {
        elements.filter { $0.name == "g" && isMeant($0.attributes["role"] ?? "") }
    }
}
