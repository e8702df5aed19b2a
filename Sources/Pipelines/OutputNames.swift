import Codecs
import Specification

/// The names of a pipeline's outputs: no two may be the same for any picture.
struct OutputNames {
    private struct Output {
        let step: String
        let template: OutputTemplate
        /// What the pictures of `samples` would be called.
        let paths: [[UInt8]]
    }

    /// Pictures that stand for all: in the input folder itself and below it, of each format.
    private static let samples = ["photo.png", "photo.jpg", "album/photo.png", "album/photo.jpg"]
        .map { PictureName(relativePath: Array($0.utf8)) }

    private var outputs: [Output] = []

    /// - `isClassMap`: what is written is one, which is always a PNG.
    mutating func check(
        _ action: Pipeline.Action, isClassMap: Bool, _ context: String, _ reader: inout ParameterReader
    ) {
        let template: OutputTemplate
        let format: EncodeStep.Format?
        switch action {
        case .encode(let step): (template, format) = (step.file, isClassMap ? .png : step.format)
        case .record(let step): (template, format) = (step.file, nil)
        case .decode, .operation: return
        }
        let paths = Self.samples.map { name in
            template.path(
                for: name, fileExtension: Self.fileExtension(format, of: name), label: Array("label".utf8))
        }
        defer { outputs.append(Output(step: context, template: template, paths: paths)) }
        if let (other, sample) = collision(paths) {
            let which =
                other.template == template ? "" : " for some pictures, such as \(text(Self.samples[sample]))"
            reader.error(
                at: "file", rule: "same-output",
                message: "the output would have the same name as that of \(other.step)\(which)",
                hint: #"give one of them another "file", such as "small/{stem}.{ext}""#)
        } else if !template.contains(.stem) {
            reader.warning(
                at: "file", rule: "one-name-for-all",
                message: "the output of every picture is called \(quoted(template.text))",
                hint: "put {stem}, the name of the picture without its ending, into it")
        }
        if let format { checkEnding(template, format, &reader) }
    }

    /// The format comes from the key `format`, never from the name: a name that says otherwise would mislead.
    private func checkEnding(_ file: OutputTemplate, _ format: EncodeStep.Format, _ reader: inout ParameterReader) {
        guard let ending = file.ending else {
            return reader.warning(
                at: "file", rule: "name-ending", message: "the name of the output ends without saying its format",
                hint: "end it with .{ext}")
        }
        let named: EncodeStep.Format? =
            switch ImageFormat(fileExtension: ending) {
            case .png: .png
            case .jpeg: .jpeg
            case nil: nil
            }
        guard ending != "{ext}", named != format else { return }
        let name = format == .same ? "that of the picture" : format.rawValue
        reader.warning(
            at: "file", rule: "name-ending",
            message: "the name of the output ends in .\(ending), its format is \(name)",
            hint: (named.map { "add \"format\": \"\($0.rawValue)\", or " } ?? "") + "end the name with .{ext}")
    }

    private func collision(_ paths: [[UInt8]]) -> (Output, sample: Int)? {
        for other in outputs {
            if let sample = paths.indices.first(where: { paths[$0] == other.paths[$0] }) { return (other, sample) }
        }
        return nil
    }

    private static func fileExtension(_ format: EncodeStep.Format?, of name: PictureName) -> [UInt8] {
        switch format {
        case nil: Array("json".utf8)
        case .png: Array(ImageFormat.png.fileExtension.utf8)
        case .jpeg: Array(ImageFormat.jpeg.fileExtension.utf8)
        case .same: name.fileExtension
        }
    }

    private func text(_ name: PictureName) -> String {
        PictureRecord.printable(name.folder.isEmpty ? name.file : name.folder + [UInt8(ascii: "/")] + name.file)
    }
}
