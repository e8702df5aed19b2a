/// Writes protobuf messages byte by byte, right ones and wrong ones.
struct ProtobufWriter {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7f) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    mutating func tag(_ field: Int, wire: Int) { bytes += Self.varint(UInt64(field << 3 | wire)) }

    mutating func integer(_ field: Int, _ value: Int) {
        tag(field, wire: 0)
        bytes += Self.varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ field: Int, _ value: Float) {
        tag(field, wire: 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
        tag(field, wire: 2)
        bytes += Self.varint(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    mutating func message(_ field: Int, _ build: (inout ProtobufWriter) -> Void) {
        bytes(field, Self.build(build))
    }

    static func build(_ build: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        build(&writer)
        return writer.bytes
    }
}

/// Pieces of models, as bytes.
enum Proto {
    static func node(
        _ operatorName: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String? = nil,
        attributes: [[UInt8]] = []
    ) -> [UInt8] {
        ProtobufWriter.build { node in
            for input in inputs { node.text(1, input) }
            for output in outputs { node.text(2, output) }
            if !name.isEmpty { node.text(3, name) }
            node.text(4, operatorName)
            for attribute in attributes { node.bytes(5, attribute) }
            if let domain { node.text(7, domain) }
        }
    }

    static func attribute(_ name: String, _ value: Int) -> [UInt8] {
        ProtobufWriter.build {
            $0.text(1, name)
            $0.integer(3, value)
            $0.integer(20, 2)
        }
    }

    static func attribute(_ name: String, type: Int, _ build: (inout ProtobufWriter) -> Void) -> [UInt8] {
        ProtobufWriter.build {
            $0.text(1, name)
            build(&$0)
            $0.integer(20, type)
        }
    }

    static func tensor(
        _ name: String, dims: [Int], type: Int = 1, _ build: (inout ProtobufWriter) -> Void = { _ in }
    ) -> [UInt8] {
        ProtobufWriter.build { tensor in
            for dimension in dims { tensor.integer(1, dimension) }
            tensor.integer(2, type)
            build(&tensor)
            tensor.text(8, name)
        }
    }

    static func floats(_ name: String, dims: [Int], _ values: [Float]) -> [UInt8] {
        tensor(name, dims: dims) { $0.bytes(9, raw(values)) }
    }

    static func raw(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    /// A declared value; a nil dimension is unknown.
    static func value(_ name: String, _ shape: [Int?] = [1], type: Int = 1) -> [UInt8] {
        ProtobufWriter.build { value in
            value.text(1, name)
            value.message(2) {
                $0.message(1) { tensor in
                    tensor.integer(1, type)
                    tensor.message(2) { list in
                        for dimension in shape {
                            list.message(1) { entry in
                                if let dimension { entry.integer(1, dimension) }
                            }
                        }
                    }
                }
            }
        }
    }

    static func model(
        nodes: [[UInt8]], initializers: [[UInt8]] = [], inputs: [[UInt8]] = [value("x")],
        outputs: [[UInt8]] = [value("y")], ir: Int = 8, opsets: [(String, Int)] = [("", 13)],
        _ extra: (inout ProtobufWriter) -> Void = { _ in }
    ) -> [UInt8] {
        ProtobufWriter.build { model in
            model.integer(1, ir)
            model.message(7) { graph in
                for node in nodes { graph.bytes(1, node) }
                graph.text(2, "test")
                for initializer in initializers { graph.bytes(5, initializer) }
                for input in inputs { graph.bytes(11, input) }
                for output in outputs { graph.bytes(12, output) }
            }
            for (domain, version) in opsets {
                model.message(8) {
                    if !domain.isEmpty { $0.text(1, domain) }
                    $0.integer(2, version)
                }
            }
            extra(&model)
        }
    }
}
