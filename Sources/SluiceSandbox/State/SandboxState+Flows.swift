extension SandboxState {
    /// `GET /flows/library`: folders and flows as a flat array of tree items (section 6 of the reference).
    var library: LooseValue {
        var items: [LooseValue] = []
        var children: [String: [String]] = [:]
        var folders: [String] = []
        for flow in orderedFlows {
            let segments = flow.path.split(separator: "/").dropLast().map(String.init)
            var parent = ""
            for segment in segments {
                let folder = parent.isEmpty ? segment : parent + "/" + segment
                if children[folder] == nil {
                    children[folder] = []
                    folders.append(folder)
                    if !parent.isEmpty { children[parent]?.append(folder) }
                }
                parent = folder
            }
            if !parent.isEmpty { children[parent]?.append(flow.id) }
            items.append(item(id: flow.id, path: flow.path, name: flow.name, type: "FLOW", children: nil))
        }
        let folderItems = folders.map { folder in
            item(
                id: folder, path: folder, name: folder.split(separator: "/").last.map(String.init) ?? folder,
                type: "FOLDER", children: children[folder])
        }
        return .list(folderItems + items)
    }

    /// A folder's id is its path here; what it is in OO is not in the reference.
    private func item(id: String, path: String, name: String, type: String, children: [String]?) -> LooseValue {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return [
            "id": .text(id), "parentId": .text(orNull: parent.isEmpty ? nil : parent), "leaf": .bool(children == nil),
            "path": .text(path), "name": .text(name), "type": .text(type), "icon": .null,
            "runnable": .bool(children == nil), "graphicRepresentationCapable": .bool(children == nil),
            "childrenIds": .list((children ?? []).map(LooseValue.text)),
        ]
    }

    /// `GET /flows/{uuid}`.
    func detail(_ flow: SandboxFlow) -> LooseValue {
        [
            "id": .text(flow.id), "name": .text(flow.name), "path": .text(flow.path), "description": "",
            "cpName": .text(flow.contentPack), "version": "1.0.0",
            "flowSettings": ["LogLevelInfo": .null, "flowTimeout": 0],
        ]
    }

    /// `GET /flows/{uuid}/inputs`; a gated flow declares the optional pass.
    func inputs(_ flow: SandboxFlow) -> LooseValue {
        var inputs = flow.inputs
        if flow.isGated, !inputs.contains(where: { $0.name == SandboxFlow.passInputName }) {
            inputs.append(SandboxFlow.Input(SandboxFlow.passInputName, isEncrypted: true))
        }
        return .list(
            inputs.map { input in
                [
                    "uuid": .text("\(flow.id).\(input.name)"), "name": .text(input.name), "valueDelimiter": ",",
                    "description": "", "encrypted": .bool(input.isEncrypted), "multiValue": false,
                    "mandatory": .bool(input.isMandatory), "sources": .null, "type": "STRING", "validationId": .null,
                    // OO surely does not show an encrypted default either (INFERRED).
                    "defaultValue": .text(orNull: input.isEncrypted ? nil : input.defaultValue),
                ]
            })
    }

    /// `GET /content-packs`: one for each name that a flow mentions.
    var contentPacks: LooseValue {
        var seen: Set<String> = []
        let names = orderedFlows.map(\.contentPack).filter { seen.insert($0).inserted }
        return .list(
            names.map { name in
                [
                    "name": .text(name), "version": "1.0.0", "id": .text(name), "publisher": "sandbox",
                    "description": "", "deploymentDate": 0, "deployedBy": .text(account.user),
                    "signDetails": [
                        "signStatus": "UNSIGNED", "signedBy": .null, "warnings": [], "certs": [], "trusted": false,
                    ],
                    "scmTag": .null, "scmRevision": .null, "valid": true, "exportable": true,
                ]
            })
    }

    var orderedFlows: [SandboxFlow] { flowOrder.compactMap { flows[$0] } }
}
