// SPDX-License-Identifier: Apache-2.0

/** Namespace that the apps' objects live in. */
export const appNamespace = 'bench'

/** The name of the app with this number. */
export function appName(index: number): string {
  return `app-${String(index).padStart(4, '0')}`
}

/** The image of an app at a version. */
export function appImage(version: number): string {
  return `registry.example.com/bench/app:1.0.${version}`
}

/** Path of the app's Deployment in the repository. */
export function deploymentPath(name: string): string {
  return `apps/${name}/deployment.yaml`
}

/** What an app has beside its four objects. */
export interface AppParts {
  /** The Deployment's environment has variables to substitute. */
  readonly substituted: boolean
  /** A Secret as text, if it has one. */
  readonly secret: string | undefined
}

/** The files of one app, by path: a directory with a kustomization.yaml and its objects. */
export function appFiles(name: string, { substituted, secret }: AppParts): Readonly<Record<string, string>> {
  const directory = `apps/${name}`
  return {
    [`${directory}/kustomization.yaml`]: kustomization(name, secret !== undefined),
    ...(secret === undefined ? {} : { [`${directory}/secret.yaml`]: secret }),
    [deploymentPath(name)]: deployment(name, appImage(0), substituted),
    [`${directory}/service.yaml`]: service(name),
    [`${directory}/serviceaccount.yaml`]: serviceAccount(name),
    [`${directory}/ingress.yaml`]: ingress(name),
  }
}

function kustomization(name: string, hasSecret: boolean): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${appNamespace}
labels:
  - pairs:
      app.kubernetes.io/name: ${name}
resources:
  - serviceaccount.yaml
  - deployment.yaml
  - service.yaml
  - ingress.yaml
${hasSecret ? '  - secret.yaml\n' : ''}`
}

const variables = `            - name: CLUSTER_NAME
              value: \${CLUSTER_NAME}
            - name: TIER
              value: \${TIER:=none}
            - name: REGION
              value: \${REGION}
`

/** The app's Deployment with this image. */
export function deployment(name: string, image: string, substituted: boolean): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: app
          image: ${image}
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: APP_NAME
              value: ${name}
${substituted ? variables : ''}          resources:
            requests:
              cpu: 10m
              memory: 16Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: http
`
}

function service(name: string): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
`
}

function serviceAccount(name: string): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
automountServiceAccountToken: false
`
}

function ingress(name: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
spec:
  ingressClassName: nginx
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port:
                  name: http
`
}
