extension Node {
    init(_ proto: Onnx_NodeProto, limits: ModelLimits) throws(ModelError.Fault) {
        let domain = proto.domain == "ai.onnx" ? "" : proto.domain
        name = proto.name
        operatorName = domain.isEmpty ? proto.opType : domain + ":" + proto.opType
        inputs = proto.input
        outputs = proto.output
        attributes = [:]
        let label = label
        if proto.opType.isEmpty { throw .notAModel("\(label) names no operator") }
        if !outputs.contains(where: { !$0.isEmpty }) { throw .notAModel("\(label) has no outputs") }
        for attribute in proto.attribute {
            if attribute.name.isEmpty { throw .attribute(node: label, name: "", "needs a name") }
            let value = try Attribute(attribute, node: label, limits: limits)
            if attributes.updateValue(value, forKey: attribute.name) != nil {
                throw .attribute(node: label, name: attribute.name, "stands there twice")
            }
        }
    }
}

extension Attribute {
    init(_ proto: Onnx_AttributeProto, node: String, limits: ModelLimits) throws(ModelError.Fault) {
        func fault(_ reason: String) -> ModelError.Fault { .attribute(node: node, name: proto.name, reason) }

        if proto.hasRefAttrName { throw fault("refers to a function's attribute outside any function") }
        var present: [(type: Int32, name: String)] = []
        if proto.hasF { present.append((1, "float")) }
        if proto.hasI { present.append((2, "integer")) }
        if proto.hasS { present.append((3, "string")) }
        if proto.hasT { present.append((4, "tensor")) }
        if proto.hasG { present.append((5, "graph")) }
        if !proto.floats.isEmpty { present.append((6, "list of floats")) }
        if !proto.ints.isEmpty { present.append((7, "list of integers")) }
        if !proto.strings.isEmpty { present.append((8, "list of strings")) }
        if !proto.tensors.isEmpty { present.append((9, "list of tensors")) }
        if !proto.graphs.isEmpty { present.append((10, "list of graphs")) }
        if proto.hasSparseTensor { present.append((11, "sparse tensor")) }
        if !proto.sparseTensors.isEmpty { present.append((12, "list of sparse tensors")) }
        if proto.hasTp { present.append((13, "type")) }
        if !proto.typeProtos.isEmpty { present.append((14, "list of types")) }

        // Writers leave zero and empty values out; files of the first format version also leave out the type.
        let type = proto.hasType ? proto.type : (present.first?.type ?? 0)
        if let other = present.first(where: { $0.type != type }) {
            throw fault("is declared as type \(type) but holds a \(other.name)")
        }
        switch type {
        case 1: self = .float(proto.f)
        case 2: self = .integer(Int(proto.i))
        case 3: self = .string(try Attribute.text(proto.s, or: fault("is not valid UTF-8")))
        case 4: self = .tensor(try TensorData(proto.t, limits: limits))
        case 5, 10: self = .subgraph
        case 6: self = .floats(proto.floats)
        case 7: self = .integers(proto.ints.map { Int($0) })
        case 8:
            var strings: [String] = []
            for bytes in proto.strings { strings.append(try Attribute.text(bytes, or: fault("is not valid UTF-8"))) }
            self = .strings(strings)
        case let type: throw fault("is of type \(type), which is not supported")
        }
    }

    private static func text(
        _ bytes: some Collection<UInt8>, or fault: ModelError.Fault
    ) throws(ModelError.Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw fault }
        return text
    }
}
