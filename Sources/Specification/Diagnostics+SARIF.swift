extension Diagnostics {
    /// The diagnostics in the Static Analysis Results Interchange Format 2.1.0, which editors and code hosts read.
    public func renderSARIF(toolVersion: String = "") -> String {
        Self.renderSARIF([self], toolVersion: toolVersion)
    }

    /// The diagnostics of several documents as one run.
    public static func renderSARIF(_ documents: [Diagnostics], toolVersion: String = "") -> String {
        let found = documents.flatMap { document in document.all.map { (document.source, $0) } }
        var rules: [String] = []
        for (_, diagnostic) in found where !rules.contains(diagnostic.rule) { rules.append(diagnostic.rule) }
        let driver = JSONNode.object(compacting: [
            ("name", "svertka"),
            ("version", toolVersion.isEmpty ? nil : .string(toolVersion)),
            ("rules", .array(rules.map { ["id": .string($0)] })),
        ])
        let run: JSONNode = [
            "tool": ["driver": driver],
            "columnKind": "unicodeCodePoints",
            "results": .array(
                found.map { source, diagnostic in
                    result(diagnostic, in: source, ruleIndex: rules.firstIndex(of: diagnostic.rule)!)
                }),
        ]
        let log: JSONNode = [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        ]
        return JSONWriter.text(log, style: .pretty) + "\n"
    }

    private static func result(_ diagnostic: Diagnostic, in source: SourceText, ruleIndex: Int) -> JSONNode {
        let start = source.position(at: diagnostic.range.lowerBound)
        let end = source.position(at: diagnostic.range.upperBound)
        let hint = diagnostic.hint.map { "\nHint: \($0)" } ?? ""
        return [
            "ruleId": .string(diagnostic.rule),
            "ruleIndex": .integer(ruleIndex),
            "level": .string(diagnostic.severity.rawValue),
            "message": ["text": .string(diagnostic.text + hint)],
            "locations": [
                [
                    "physicalLocation": [
                        "artifactLocation": ["uri": .string(uri(source.file))],
                        "region": [
                            "startLine": .integer(start.line), "startColumn": .integer(start.column),
                            "endLine": .integer(end.line), "endColumn": .integer(end.column),
                            "byteOffset": .integer(diagnostic.range.lowerBound),
                            "byteLength": .integer(diagnostic.range.count),
                        ],
                    ],
                    "logicalLocations": [["fullyQualifiedName": .string(diagnostic.pointer)]],
                ]
            ],
        ]
    }

    /// The path as a URI, or as a relative reference where the path is relative.
    private static func uri(_ path: String) -> String {
        var text = path.utf8.first == UInt8(ascii: "/") ? "file://" : ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%" + hexadecimal(UInt32(byte), digits: 2)
            }
        }
        return text
    }
}
