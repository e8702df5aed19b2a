extension ServiceConfiguration {
    /// Records folders that would feed the service with its own files, going by their names. Links and mounts are seen
    /// only when the service opens the folders.
    func checkOverlaps(into diagnostics: inout Diagnostics) {
        for (index, folder) in folders.enumerated() {
            let own = "folder \(index + 1)"
            for (role, path) in folder.targets where path.isInside(folder.input) {
                report(folder, "\(role) of \(own) lies inside its in: \(path)", into: &diagnostics)
            }
            for (role, path) in folder.targets where folder.input.isInside(path) && path != folder.input {
                report(folder, "in of \(own) lies inside its \(role): \(path)", into: &diagnostics)
            }
            if folder.output == folder.done {
                report(
                    folder, "out and done of \(own) are the same folder: \(folder.output)",
                    hint: "originals and results of one name would meet there", into: &diagnostics)
            }
            if state.isInside(folder.input) {
                report(folder, "the state folder lies inside in of \(own): \(state)", into: &diagnostics)
            }
            for (otherIndex, other) in folders[..<index].enumerated() {
                let name = "folder \(otherIndex + 1)"
                if folder.input.isInside(other.input) || other.input.isInside(folder.input) {
                    report(
                        folder, "in of \(own) and in of \(name) overlap: \(folder.input) and \(other.input)",
                        into: &diagnostics)
                }
                for (role, path) in folder.targets where path.isInside(other.input) {
                    report(folder, "\(role) of \(own) lies inside in of \(name): \(path)", into: &diagnostics)
                }
                for (role, path) in other.targets where path.isInside(folder.input) {
                    report(folder, "\(role) of \(name) lies inside in of \(own): \(path)", into: &diagnostics)
                }
            }
        }
    }

    private func report(
        _ folder: WatchedFolder, _ message: String,
        hint: String = "results inside a watched folder would be taken for new pictures",
        into diagnostics: inout Diagnostics
    ) {
        diagnostics.error(
            at: folder.range.lowerBound..<folder.range.lowerBound + 1, rule: "overlapping-folders", message: message,
            hint: hint, pointer: folder.pointer)
    }
}

extension ServiceConfiguration.WatchedFolder {
    /// The folders into which the service itself puts files.
    var targets: [(role: String, path: PathBytes)] { [("out", output), ("done", done), ("failed", failed)] }
}
