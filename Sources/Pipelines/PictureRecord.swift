import Operations
import Specification

/// The record of one picture.
enum PictureRecord {
    static func text(_ report: PictureReport, pipeline: Pipeline, name: PictureName) -> String {
        let path = name.folder.isEmpty ? name.file : name.folder + [UInt8(ascii: "/")] + name.file
        return JSONWriter.text(
            .object([
                ("input", .string(printable(path))),
                ("pipeline", .string(pipeline.name)),
                ("format", .string(report.traits.format.rawValue)),
                ("width", .integer(report.traits.size.width)),
                ("height", .integer(report.traits.size.height)),
                ("outputs", .array(report.outputs.map { .string(printable($0)) })),
                ("warnings", .array(report.warnings.map(JSONNode.string))),
                (
                    "findings",
                    .array(
                        report.findings.compactMap { step, value in
                            (value as? any Finding).map {
                                .object([("step", .string(step)), ("result", $0.json)])
                            }
                        })
                ),
            ]), style: .pretty)
    }

    /// A path as text: what is no UTF-8 becomes the replacement character.
    static func printable(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
}
