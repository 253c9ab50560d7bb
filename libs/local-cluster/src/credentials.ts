// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KUBERNETES_SERVICE_ADDRESS } from './arguments.ts'
import { LocalClusterError } from './errors.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { Layout } from './layout.ts'
import { runProgram } from './run.ts'

/** Who gets a client certificate. The parts run as administrators: a control plane is one trust domain. */
const CLIENTS = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const
const ADMINISTRATORS = 'system:masters'

/** PEM texts to speak to the API server with. */
export interface ClientCredentials {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** Makes all keys and certificates that are missing, and every leaf anew. Authorities and the token key stay as they are. */
export async function writeCertificates(tools: string, layout: Layout, signal?: AbortSignal): Promise<void> {
  const request = {
    dir: layout.pkiDir,
    authorities: ['ca', 'front-proxy-ca'],
    keyPairs: ['service-account'],
    leaves: [
      {
        name: 'kube-apiserver',
        authority: 'ca',
        commonName: 'kube-apiserver',
        hosts: [
          '127.0.0.1',
          'localhost',
          KUBERNETES_SERVICE_ADDRESS,
          'kubernetes',
          'kubernetes.default',
          'kubernetes.default.svc',
          'kubernetes.default.svc.cluster.local',
        ],
      },
      { name: 'front-proxy-client', authority: 'front-proxy-ca', commonName: 'front-proxy-client' },
      ...CLIENTS.map((name) => ({
        name,
        authority: 'ca',
        commonName: `tidelock:${name}`,
        organization: [ADMINISTRATORS],
      })),
    ],
  }
  const { code, stderr } = await runProgram(tools, ['certificates'], { input: JSON.stringify(request), signal })
  if (code !== 0) {
    throw new LocalClusterError('StartFailed', `making certificates in ${layout.pkiDir}: ${stderr}`)
  }
}

/** Reads the administrator's credentials. */
export async function readAdminCredentials(layout: Layout): Promise<ClientCredentials> {
  return readCredentials(layout, 'admin')
}

/** Writes the administrator's kubeconfig and those of the parts, for the port that the API server has now. */
export async function writeKubeconfigs(layout: Layout, server: string): Promise<void> {
  await mkdir(layout.kubeconfigDir, { recursive: true, mode: 0o700 })
  for (const name of CLIENTS) {
    const { ca, cert, key } = await readCredentials(layout, name)
    const path = name === 'admin' ? layout.kubeconfigPath : join(layout.kubeconfigDir, name)
    await writeKubeconfig(path, { server, ca, user: { cert, key } })
  }
}

async function readCredentials(layout: Layout, name: string): Promise<ClientCredentials> {
  const read = (file: string): Promise<string> => readFile(join(layout.pkiDir, file), 'utf8')
  const [ca, cert, key] = await Promise.all([read('ca.crt'), read(`${name}.crt`), read(`${name}.key`)])
  return { ca, cert, key }
}
