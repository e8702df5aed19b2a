import Codecs

extension Pipeline {
    /// The names that the outputs of an input will have, relative to the output folder; nil where its content decides
    /// about one of them.
    public func outputPaths(for name: PictureName) -> [[UInt8]]? {
        var paths: [[UInt8]] = []
        for step in steps {
            guard let template = step.action.template else { continue }
            guard !step.naming.isLate, let ending = fileExtension(of: step, for: name) else { return nil }
            paths.append(template.path(for: name, fileExtension: ending, label: nil))
        }
        return paths
    }

    private func fileExtension(of step: Step, for name: PictureName) -> [UInt8]? {
        guard case .encode(let encode) = step.action else { return Array("json".utf8) }
        // Other values than pictures have formats of their own.
        guard types[step.inputs[0]].kind == .picture else { return nil }
        if encode.format == .same { return name.fileExtension.isEmpty ? nil : name.fileExtension }
        return Array(encode.format(for: .png).fileExtension.utf8)
    }
}
