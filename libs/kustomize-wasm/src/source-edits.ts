// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KustomizeError } from './errors.ts'

/** One change of a file of Kustomize's `api` module; `find` stands in it exactly once. */
export interface SourceEdit {
  readonly file: string
  readonly find: string
  readonly put: string
}

/**
 * Where Kustomize searches all resources for each resource, it uses the index of `go/overlay/ids.go.txt` instead: while
 * files and generators add to a list, and where a transformer goes through one.
 */
export const sourceEdits: readonly SourceEdit[] = [
  {
    file: 'resmap/reswrangler.go',
    find: '\trList []*resource.Resource\n}',
    put: '\trList []*resource.Resource\n\n\t// ids is set while nothing but adding happens.\n\tids *idIndex\n}',
  },
  {
    file: 'resmap/reswrangler.go',
    find: 'if r := m.GetMatchingResourcesByCurrentId(id.Equals); len(r) > 0 {',
    put: 'if m.hasCurrentId(id) {',
  },
  {
    file: 'resmap/reswrangler.go',
    find: '\tcount := 0\n\tresult := -1\n',
    put: '\tif m.ids != nil {\n\t\tif at := m.ids.findCurrent(m.rList, id); at.count == 1 {\n\t\t\treturn at.first, nil\n\t\t}\n\t}\n\tcount := 0\n\tresult := -1\n',
  },
  {
    file: 'resmap/reswrangler.go',
    find: '\tm.rList[i] = res\n',
    put: '\tm.rList[i] = res\n\tm.replaced(i)\n',
  },
  {
    file: 'resmap/reswrangler.go',
    find: '\tseen := make(map[int]bool)\n',
    put: '\tdefer m2.keepIds()()\n\tseen := make(map[int]bool)\n',
  },
  {
    file: 'resmap/reswrangler.go',
    find: 'others := m2.GetMatchingResourcesByCurrentId(id.Equals)',
    put: 'others := m2.matchingCurrentId(id)',
  },
  {
    file: 'resmap/reswrangler.go',
    find: '\tfor _, res := range list {\n\t\tif err := m.Append(res)',
    put: '\tif len(list) > 1 {\n\t\tdefer m.keepIds()()\n\t}\n\tfor _, res := range list {\n\t\tif err := m.Append(res)',
  },
  {
    file: 'resmap/reswrangler.go',
    find: 'matches := m.GetMatchingResourcesByAnyId(id.Equals)',
    put: 'matches := m.matchingAnyId(id)',
  },
  {
    file: 'resmap/factory.go',
    find: '\tresult := New()\n',
    put: '\tresult := New()\n\tdefer KeepIds(result)()\n',
  },
  {
    file: 'resource/factory.go',
    find: '\tnodes, err := kio.FromBytes(b)\n',
    put: '\tif err := ensureShallow(b); err != nil {\n\t\treturn nil, err\n\t}\n\tnodes, err := kio.FromBytes(b)\n',
  },
  {
    file: 'internal/accumulator/resaccumulator.go',
    find: '// Vars returns a copy of underlying vars.',
    put: `// KeepIds lets the resource map remember ids until the answer is called.
func (ra *ResAccumulator) KeepIds() (release func()) { return resmap.KeepIds(ra.resMap) }

// Vars returns a copy of underlying vars.`,
  },
  {
    file: 'internal/accumulator/resaccumulator.go',
    find: '\totherIds := other.AllIds() //nolint:revive\n',
    put: '\totherIds := make(map[resid.ResId]struct{})\n\tfor _, id := range other.AllIds() {\n\t\totherIds[id] = struct{}{}\n\t}\n',
  },
  {
    file: 'internal/accumulator/resaccumulator.go',
    find: `		toDelete := true
		for _, otherId := range otherIds {
			if otherId == curId {
				toDelete = false
				break
			}
		}
		if toDelete {`,
    put: '\t\tif _, found := otherIds[curId]; !found {',
  },
  {
    file: 'internal/target/kusttarget.go',
    find: 'ra *accumulator.ResAccumulator, paths []string) (*accumulator.ResAccumulator, error) {\n\tfor _, path := range paths {\n\t\t// try',
    put: 'ra *accumulator.ResAccumulator, paths []string) (*accumulator.ResAccumulator, error) {\n\tdefer ra.KeepIds()()\n\tfor _, path := range paths {\n\t\t// try',
  },
  {
    file: 'internal/target/kusttarget.go',
    find: '\tfor i, g := range generators {\n',
    put: '\tdefer ra.KeepIds()()\n\tfor i, g := range generators {\n',
  },
  {
    file: 'internal/builtins/SortOrderTransformer.go',
    find: '\t\tm.Clear()\n',
    put: '\t\tm.Clear()\n\t\tdefer resmap.KeepIds(m)()\n',
  },
  {
    file: 'internal/builtins/NamespaceTransformer.go',
    find: '\tfor _, r := range m.Resources() {\n',
    put: '\tvar ids *resmap.CurrentIds\n\tfor i, r := range m.Resources() {\n',
  },
  {
    file: 'internal/builtins/NamespaceTransformer.go',
    find: '\t\tmatches := m.GetMatchingResourcesByCurrentId(',
    put: '\t\tif ids == nil {\n\t\t\tids = resmap.NewCurrentIds(m)\n\t\t}\n\t\tif ids.Update(i, r) {\n\t\t\tcontinue\n\t\t}\n\t\tmatches := m.GetMatchingResourcesByCurrentId(',
  },
  {
    file: 'internal/accumulator/namereferencetransformer.go',
    find: `	for r, fList := range fMap {
		c, err := m.SubsetThatCouldBeReferencedByResource(r)
`,
    put: `	referrals := resmap.NewReferrals(m)
	for r, fList := range fMap {
		c, err := referrals.For(r)
`,
  },
  {
    file: 'internal/accumulator/namereferencetransformer.go',
    find: `			f.ReferralCandidates = c
			if err := f.Referrer.ApplyFilter(f); err != nil {
				return err
			}
`,
    put: `			f.Candidates = c
			if err := f.Referrer.ApplyFilter(f); err != nil {
				return err
			}
			c.Check()
`,
  },
  {
    file: 'filters/nameref/nameref.go',
    find: '\tReferralCandidates resmap.ResMap\n',
    put: '\tCandidates *resmap.Candidates\n',
  },
  {
    file: 'filters/nameref/nameref.go',
    find: 'candidates, err := f.filterMapCandidatesByNamespace(node)\n',
    put: 'candidates, err := f.filterMapCandidatesByNamespace(node, nameNode.YNode().Value)\n',
  },
  {
    file: 'filters/nameref/nameref.go',
    find: '\tnode *yaml.RNode) ([]*resource.Resource, error) {\n',
    put: '\tnode *yaml.RNode, name string) ([]*resource.Resource, error) {\n',
  },
  {
    file: 'filters/nameref/nameref.go',
    find: '\t\treturn f.ReferralCandidates.Resources(), nil\n\t}\n\tnamespace := namespaceNode.YNode().Value\n\tnsMap := f.ReferralCandidates.GroupedByOriginalNamespace()\n\tif candidates, ok := nsMap[namespace]; ok {\n\t\treturn candidates, nil\n\t}\n\tnsMap = f.ReferralCandidates.GroupedByCurrentNamespace()\n\t// This could be nil, or an empty list.\n\treturn nsMap[namespace], nil\n',
    put: '\t\treturn f.Candidates.Named(name), nil\n\t}\n\treturn f.Candidates.NamedIn(name, namespaceNode.YNode().Value), nil\n',
  },
  {
    file: 'filters/nameref/nameref.go',
    find: 'node.YNode().Value, f.ReferralCandidates.Resources(), allNamesAreTheSame)',
    put: 'node.YNode().Value, f.Candidates.Named(node.YNode().Value), allNamesAreTheSame)',
  },
  {
    file: 'filters/nameref/nameref.go',
    find: '\treferral.AppendRefBy(f.Referrer.CurId())\n',
    put: '\treferral.AppendRefBy(f.Referrer.CurId())\n\tf.Candidates.Written()\n',
  },
]

/** Makes the edits in a copy of the module's sources. Throws `EngineFailed` where one does not fit. */
export async function editSources(root: string, edits: readonly SourceEdit[]): Promise<void> {
  for (const { file, find, put } of edits) {
    const path = join(root, file)
    const parts = (await readFile(path, 'utf8')).split(find)
    if (parts.length !== 2) {
      throw new KustomizeError(
        'EngineFailed',
        `${file} of Kustomize: expected exactly once, found ${parts.length - 1} times: ${find}`,
      )
    }
    await writeFile(path, parts.join(put))
  }
}
